/** A file tree as members of an archive: what ArchiveServer shows, the other way round. */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind, type FileNode } from '../../kernel/file-server.ts';
import { EMPTY_SOURCE, type ByteSource } from '../byte-source.ts';
import type { TarEntry, TarKind } from './tar-format.ts';

const KINDS: Readonly<Record<NodeKind, TarKind | undefined>> = {
  [NodeKind.File]: 'file',
  [NodeKind.Directory]: 'directory',
  [NodeKind.SymbolicLink]: 'symlink',
  [NodeKind.CharacterDevice]: 'character',
  [NodeKind.BlockDevice]: 'block',
  [NodeKind.Fifo]: 'fifo',
  // An archive has no form for them: they belong to a process that is gone.
  [NodeKind.Socket]: undefined,
};

const LIST_LIMIT = 1024;

/** Members for everything below `root`, the root first, names sorted; contents are read when the archive is written. */
export function* treeEntries(root: FileNode): Generator<TarEntry> {
  yield* subtree(root, '', new Map());
}

function* subtree(node: FileNode, path: ByteString, twins: Map<FileNode, ByteString>): Generator<TarEntry> {
  const kind = KINDS[node.kind];
  if (kind === undefined) return;
  const attributes = node.attributes();
  const twin = twins.get(node);
  const base = {
    path,
    permissions: attributes.permissions,
    owner: attributes.owner,
    group: attributes.group,
    modifiedNs: attributes.modifiedNs,
    target: '',
    device: attributes.device,
    content: EMPTY_SOURCE,
  };
  if (twin !== undefined) {
    yield { ...base, kind: 'hardlink', target: twin };
    return;
  }
  if (kind !== 'directory' && attributes.links > 1) twins.set(node, path);
  const target = kind === 'symlink' ? node.readLink() : '';
  const content = kind === 'file' ? contentOf(node, attributes.sizeBytes) : EMPTY_SOURCE;
  yield { ...base, kind, content, target: typeof target === 'string' ? target : '' };
  if (kind !== 'directory') return;
  for (const name of names(node).toSorted()) {
    const child = node.lookup(name);
    if (typeof child !== 'number') yield* subtree(child, path === '' ? name : `${path}/${name}`, twins);
  }
}

function names(directory: FileNode): ByteString[] {
  const found: ByteString[] = [];
  for (let cookie = 0; ;) {
    const entries = directory.list(cookie, LIST_LIMIT);
    if (typeof entries === 'number' || entries.length === 0) return found;
    for (const entry of entries) found.push(entry.name);
    cookie = entries.at(-1)!.cookie;
  }
}

function contentOf(node: FileNode, sizeBytes: number): ByteSource {
  return { sizeBytes, read: (position, into) => Math.max(0, node.read(position, into)) };
}
