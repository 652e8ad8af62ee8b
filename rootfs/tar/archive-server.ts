/**
 * Tar archives as one read-only file tree: one archive, or the layers of an image on top of each other. Contents stay where they
 * are in the archives.
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind, type FileServer, type ServerStatistics } from '../../kernel/file-server.ts';
import { ArchiveNode, BLOCK_SIZE } from './archive-node.ts';
import type { TarEntry, TarKind } from './tar-format.ts';
import { TarError } from './tar-reader.ts';

const KINDS: Readonly<Record<Exclude<TarKind, 'hardlink'>, NodeKind>> = {
  file: NodeKind.File,
  directory: NodeKind.Directory,
  symlink: NodeKind.SymbolicLink,
  character: NodeKind.CharacterDevice,
  block: NodeKind.BlockDevice,
  fifo: NodeKind.Fifo,
};

/** Names with which a layer removes what lies below. Source: OCI image-spec, layer.md, "Whiteouts". */
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

export interface ArchiveServerOptions {
  readonly deviceId: number;
  /** Layers: members named `.wh.…` remove names of the archives before. */
  readonly whiteouts?: 'apply' | 'show';
}

export class ArchiveServer implements FileServer {
  readonly type = 'tar';
  readonly readOnly = true;
  readonly deviceId: number;
  readonly root: ArchiveNode;
  #sizeBytes = 0;
  #lastId = 0;

  /** Each archive is the members that readTar finds. Throws TarError when one is broken. */
  constructor(archives: readonly Iterable<TarEntry>[], options: ArchiveServerOptions) {
    this.deviceId = options.deviceId;
    this.root = this.#node(NodeKind.Directory, undefined);
    for (const archive of archives) {
      if (options.whiteouts === 'apply') this.#addLayer(archive);
      else for (const entry of archive) this.#add(entry);
    }
  }

  statistics(): ServerStatistics {
    const blocks = Math.ceil(this.#sizeBytes / BLOCK_SIZE);
    return { blockSizeBytes: BLOCK_SIZE, blocks, blocksFree: 0, nodes: this.#lastId, nodesFree: 0, nameLimit: 255 };
  }

  /** Whiteouts speak of the layers below, wherever in the archive they stand: they come first. */
  #addLayer(archive: Iterable<TarEntry>): void {
    const added: TarEntry[] = [];
    for (const entry of archive) {
      const { folder, name } = split(entry.path);
      if (name === OPAQUE) this.#find(folder)?.children.forEach((_, child) => this.#remove(folder, child));
      else if (name.startsWith(WHITEOUT)) this.#remove(folder, name.slice(WHITEOUT.length));
      else added.push(entry);
    }
    for (const entry of added) this.#add(entry);
  }

  #remove(folder: readonly ByteString[], name: ByteString): void {
    const directory = this.#find(folder);
    directory?.children.get(name)?.lostName();
    directory?.children.delete(name);
  }

  #find(path: readonly ByteString[]): ArchiveNode | undefined {
    let node: ArchiveNode | undefined = this.root;
    for (const part of path) node = node?.children.get(part);
    return node;
  }

  #add(entry: TarEntry): void {
    this.#sizeBytes += entry.content.sizeBytes;
    if (entry.path === '') {
      this.root.describe(entry);
      return;
    }
    const { folder, name } = split(entry.path);
    const parent = this.#directoryAt(folder, entry);
    const before = parent.children.get(name);
    if (entry.kind === 'directory' && before?.kind === NodeKind.Directory) {
      before.describe(entry);
      return;
    }
    const node = entry.kind === 'hardlink' ? this.#twin(entry) : this.#node(KINDS[entry.kind], entry);
    before?.lostName();
    parent.children.set(name, node);
  }

  /** Directories that the archive does not mention are made on the way. */
  #directoryAt(path: readonly ByteString[], entry: TarEntry): ArchiveNode {
    let parent = this.root;
    for (const part of path) {
      const next = parent.children.get(part) ?? this.#node(NodeKind.Directory, undefined);
      if (next.kind !== NodeKind.Directory)
        throw new TarError(`member '${entry.path}' lies below something that is no directory`);
      parent.children.set(part, next);
      parent = next;
    }
    return parent;
  }

  #twin(entry: TarEntry): ArchiveNode {
    const node = this.#find(entry.target.split('/'));
    if (node === undefined || node.kind === NodeKind.Directory) {
      throw new TarError(`'${entry.path}' is a hard link to '${entry.target}', which is not in front of it`);
    }
    node.addName();
    return node;
  }

  #node(kind: NodeKind, entry: TarEntry | undefined): ArchiveNode {
    return new ArchiveNode(this, ++this.#lastId, kind, entry);
  }
}

function split(path: ByteString): { folder: readonly ByteString[]; name: ByteString } {
  const folder = path.split('/');
  return { name: folder.pop()!, folder };
}
