/** A file tree as data, for trees that have nothing in common but the FileServer interface: all files are copied. */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type { AttributeChange, Attributes, FileNode, FileServer } from '../../kernel/file-server.ts';
import type { MovedFiles } from './tree.ts';

/** The kernel stands still while a tree is copied. */
const COPY_LIMIT_BYTES = 64 * 2 ** 20;
const ENTRIES_AT_ONCE = 1024;

interface CopiedFile {
  readonly from: FileNode;
  readonly attributes: Attributes;
  readonly content: Uint8Array | undefined;
  readonly target: ByteString;
  readonly attachments: ReadonlyMap<ByteString, Uint8Array>;
}

interface Name {
  readonly directory: FileNode;
  readonly name: ByteString;
  readonly file: FileNode;
}

export interface TreeCopy {
  /** The root first, every directory before what is in it. */
  readonly files: ReadonlyMap<FileNode, CopiedFile>;
  readonly names: readonly Name[];
  readonly unnamed: readonly FileNode[];
}

/** Throws when the tree is too large. */
export function copyOfTree({ root }: FileServer, unnamed: Iterable<FileNode>): TreeCopy {
  const files = new Map<FileNode, CopiedFile>();
  const names: Name[] = [];
  let left = COPY_LIMIT_BYTES;
  const add = (file: FileNode): void => {
    if (files.has(file)) return;
    const copy = copyOfFile(file, left);
    left -= copy.content?.length ?? 0;
    files.set(file, copy);
    if (file.kind !== NodeKind.Directory) return;
    for (const { name } of entriesOf(file)) {
      const found = file.lookup(name);
      if (typeof found === 'number') continue;
      names.push({ directory: file, name, file: found });
      add(found);
    }
  };
  add(root);
  const orphans = [...unnamed];
  for (const orphan of orphans) add(orphan);
  return { files, names, unnamed: orphans };
}

function copyOfFile(file: FileNode, leftBytes: number): CopiedFile {
  const attributes = file.attributes();
  const attachments = new Map(file.attachments);
  if (file.kind !== NodeKind.File) {
    const target = file.kind === NodeKind.SymbolicLink ? file.readLink() : '';
    return {
      from: file,
      attributes,
      content: undefined,
      target: typeof target === 'number' ? '' : target,
      attachments,
    };
  }
  if (attributes.sizeBytes > leftBytes) throw new Error(`more than ${COPY_LIMIT_BYTES} bytes to copy`);
  const content = new Uint8Array(attributes.sizeBytes);
  for (let done = 0; done < content.length;) {
    const count = file.read(done, content.subarray(done));
    if (count <= 0) throw new Error(`a file can't be read: ${count}`);
    done += count;
  }
  return { from: file, attributes, content, target: '', attachments };
}

export function entriesOf(directory: FileNode): readonly { readonly name: ByteString; readonly cookie: number }[] {
  const all = [];
  for (let cookie = 0; ;) {
    const entries = directory.list(cookie, ENTRIES_AT_ONCE);
    if (typeof entries === 'number' || entries.length === 0) return all;
    all.push(...entries);
    cookie = entries.at(-1)!.cookie;
  }
}

/** Makes the files in an empty tree. Throws when it refuses one. */
export function fillTree({ root: newRoot }: FileServer, copy: TreeCopy): MovedFiles {
  const [root] = copy.files.keys();
  const nodes = new Map<FileNode, FileNode>([[root!, newRoot]]);
  for (const { directory, name, file } of copy.names) {
    const into = nodes.get(directory)!;
    const known = nodes.get(file);
    if (known !== undefined) succeed(into.link(name, known), name);
    else nodes.set(file, makeFile(into, name, copy.files.get(file)!));
  }
  const unnamed = copy.unnamed.map((file, i) => {
    const name = `.unnamed-${i}`;
    const made = makeFile(newRoot, name, copy.files.get(file)!);
    if (made.hold === undefined) throw new Error('a file without a name is in use');
    made.hold();
    succeed(newRoot.unlink(name), name);
    nodes.set(file, made);
    return made;
  });
  // What is in a directory changes its times: deepest first.
  for (const { from, attributes } of [...copy.files.values()].toReversed()) {
    succeed(nodes.get(from)!.setAttributes(changesFor(attributes)), 'attributes');
  }
  return { nodes, unnamed };
}

function makeFile(directory: FileNode, name: ByteString, copy: CopiedFile): FileNode {
  const { attributes, content, target, attachments } = copy;
  const made = directory.create(name, { ...attributes, target });
  if (typeof made === 'number') throw new Error(`${name} can't be made: ${made}`);
  if (content !== undefined && content.length > 0 && made.write(0, content) !== content.length) {
    throw new Error(`${name} can't be written`);
  }
  if (attachments.size > 0 && made.attachments === undefined)
    throw new Error(`${name} has attributes that can't be kept`);
  for (const [key, value] of attachments) made.attachments!.set(key, value);
  return made;
}

function changesFor(attributes: Attributes): AttributeChange {
  const { permissions, owner, group, accessedNs, modifiedNs, changedNs } = attributes;
  return { permissions, owner, group, accessedNs, modifiedNs, changedNs };
}

function succeed(status: number, what: string): void {
  if (status < 0) throw new Error(`${what}: refused with ${status}`);
}
