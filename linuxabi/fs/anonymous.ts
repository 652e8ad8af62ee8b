/**
 * Files that are in no tree: pipes, sockets, and the objects behind eventfd, timerfd and epoll. They still have attributes for fstat
 * and can be opened again through /proc/self/fd. Source: fs/pipe.c (pipefs), fs/anon_inodes.c.
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type {
  AttributeChange,
  Attributes,
  DirectoryEntry,
  FileNode,
  FileServer,
  NewNode,
  ServerStatistics,
} from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import { Dentry } from './dentry.ts';
import { SuperBlock, unshownMount } from './mount.ts';
import type { Location, Mount } from './mount.ts';

export class AnonymousNode implements FileNode {
  readonly server: FileServer;
  readonly nodeId: number;
  readonly kind: NodeKind;
  readonly #attributes: Attributes;

  constructor(server: FileServer, nodeId: number, attributes: Attributes) {
    this.server = server;
    this.nodeId = nodeId;
    this.kind = attributes.kind;
    this.#attributes = attributes;
  }

  attributes(): Attributes {
    return this.#attributes;
  }

  setAttributes(change: AttributeChange): Status {
    if (change.sizeBytes !== undefined) return Status.Invalid;
    Object.assign(this.#attributes, change);
    return Status.Ok;
  }

  read(): number {
    return Status.Invalid;
  }

  write(): number {
    return Status.Invalid;
  }

  lookup(_name: ByteString): FileNode | Status {
    return Status.NotDirectory;
  }

  create(_name: ByteString, _node: NewNode): FileNode | Status {
    return Status.NotDirectory;
  }

  link(): Status {
    return Status.NotDirectory;
  }

  unlink(_name: ByteString): Status {
    return Status.NotDirectory;
  }

  rename(): Status {
    return Status.NotDirectory;
  }

  list(_cookie: number, _limit: number): readonly DirectoryEntry[] | Status {
    return Status.NotDirectory;
  }

  readLink(): Status {
    return Status.Invalid;
  }
}

/** Device numbers of the anonymous trees: Linux numbers such file systems from a pool; any unused number will do. */
const deviceIds = { pipefs: 0xe, sockfs: 0x8 } as const;
const permissionsOf = { pipefs: 0o600, sockfs: 0o777 } as const;

export class AnonymousServer implements FileServer {
  readonly type: keyof typeof deviceIds;
  readonly deviceId: number;
  readonly readOnly = false;
  readonly root: FileNode;
  readonly #mount: Mount;
  readonly #nowNs: () => bigint;
  #lastId = 0;

  constructor(nowNs: () => bigint, type: keyof typeof deviceIds = 'pipefs') {
    this.#nowNs = nowNs;
    this.type = type;
    this.deviceId = deviceIds[type];
    this.root = this.#node(NodeKind.Directory, 0, 0);
    this.#mount = unshownMount(new SuperBlock(this, new Dentry('/', undefined, this.root)), 'none');
  }

  statistics(): ServerStatistics {
    return { blockSizeBytes: 4096, blocks: 0, blocksFree: 0, nodes: 0, nodesFree: 0, nameLimit: 255 };
  }

  /** A place for a new file; `label` makes its name from its number: `pipe:[7]`. */
  create(kind: NodeKind, owner: number, group: number, label: (nodeId: number) => ByteString): Location {
    const node = this.#node(kind, owner, group);
    return { mount: this.#mount, dentry: new Dentry(label(node.nodeId), undefined, node) };
  }

  #node(kind: NodeKind, owner: number, group: number): AnonymousNode {
    const now = this.#nowNs();
    return new AnonymousNode(this, ++this.#lastId, {
      kind,
      permissions: permissionsOf[this.type],
      owner,
      group,
      links: 1,
      sizeBytes: 0,
      blocks512: 0,
      accessedNs: now,
      modifiedNs: now,
      changedNs: now,
      createdNs: now,
      device: { major: 0, minor: 0 },
    });
  }
}
