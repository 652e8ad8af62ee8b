/** The file tree mounted on /dev/pts: one character device per terminal, nothing else can be made there. Source: pts(4). */
import type { ByteString } from '../../kernel/byte-string.ts';
import {
  NodeKind,
  type AttributeChange,
  type Attributes,
  type DirectoryEntry,
  type FileNode,
  type FileServer,
  type ServerStatistics,
} from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import { SLAVE_MAJOR, type PtyEntry, type PtyTable } from './pty-table.ts';

/** Group `tty` of Debian's base system; slaves are 0620 as `gid=5,mode=620` gives them. */
const TTY_GROUP = 5;
/** devpts numbers its nodes from 3 on: the root and ptmx come first. */
const ROOT_ID = 1;
const PTMX_ID = 2;
const FIRST_SLAVE_ID = 3;
const PTMX = { major: 5, minor: 2 };

/** What a node of the tree is. */
interface PtsNodeFacts {
  readonly nodeId: number;
  readonly kind: NodeKind;
  readonly permissions: number;
  readonly owner: number;
  readonly group: number;
  readonly device: { readonly major: number; readonly minor: number };
}

export class PtsServer implements FileServer {
  readonly type = 'devpts';
  readonly namesAreVolatile = true;
  readonly readOnly = false;
  readonly deviceId: number;
  readonly root: FileNode;
  readonly ptmx: FileNode;
  readonly table: PtyTable;
  readonly nowNs: () => bigint;
  readonly #nodes = new WeakMap<PtyEntry, PtsNode>();

  /** `nowNs`: real time for timestamps. */
  constructor(table: PtyTable, deviceId: number, nowNs: () => bigint) {
    this.table = table;
    this.deviceId = deviceId;
    this.nowNs = nowNs;
    const owner = 0;
    const group = 0;
    const directory = { kind: NodeKind.Directory, permissions: 0o755, device: { major: 0, minor: 0 } };
    this.root = new PtsNode(this, { ...directory, nodeId: ROOT_ID, owner, group });
    const device = { kind: NodeKind.CharacterDevice, permissions: 0o666, device: PTMX };
    this.ptmx = new PtsNode(this, { ...device, nodeId: PTMX_ID, owner, group });
  }

  /** The node of a terminal; the same object as long as the terminal lives. */
  node(index: number): FileNode | undefined {
    const entry = this.table.get(index);
    if (entry === undefined) return undefined;
    let node = this.#nodes.get(entry);
    if (node === undefined) {
      node = new PtsNode(this, {
        nodeId: FIRST_SLAVE_ID + index,
        kind: NodeKind.CharacterDevice,
        permissions: 0o620,
        owner: entry.owner,
        group: TTY_GROUP,
        device: { major: SLAVE_MAJOR, minor: index },
      });
      this.#nodes.set(entry, node);
    }
    return node;
  }

  statistics(): ServerStatistics {
    return { blockSizeBytes: 4096, blocks: 0, blocksFree: 0, nodes: 0, nodesFree: 0, nameLimit: 255 };
  }
}

class PtsNode implements FileNode {
  readonly server: PtsServer;
  readonly nodeId: number;
  readonly kind: NodeKind;
  readonly #attributes: Attributes;

  constructor(server: PtsServer, facts: PtsNodeFacts) {
    const now = server.nowNs();
    this.server = server;
    this.kind = facts.kind;
    this.nodeId = facts.nodeId;
    this.#attributes = {
      kind: facts.kind,
      permissions: facts.permissions,
      owner: facts.owner,
      group: facts.group,
      links: facts.kind === NodeKind.Directory ? 2 : 1,
      sizeBytes: 0,
      blocks512: 0,
      accessedNs: now,
      modifiedNs: now,
      changedNs: now,
      createdNs: now,
      device: facts.device,
    };
  }

  attributes(): Attributes {
    return this.#attributes;
  }

  setAttributes(change: AttributeChange): Status {
    const { sizeBytes: _devicesHaveNoSize, ...rest } = change;
    Object.assign(this.#attributes, rest);
    return Status.Ok;
  }

  lookup(name: ByteString): FileNode | Status {
    if (this.kind !== NodeKind.Directory) return Status.NotDirectory;
    if (name === 'ptmx') return this.server.ptmx;
    if (!/^(0|[1-9][0-9]*)$/.test(name)) return Status.NotFound;
    return this.server.node(Number(name)) ?? Status.NotFound;
  }

  list(cookie: number, limit: number): readonly DirectoryEntry[] | Status {
    if (this.kind !== NodeKind.Directory) return Status.NotDirectory;
    const slaves = this.server.table.indices().map((index) => ({
      name: String(index),
      kind: NodeKind.CharacterDevice,
      nodeId: FIRST_SLAVE_ID + index,
      cookie: FIRST_SLAVE_ID + index,
    }));
    const ptmx = { name: 'ptmx', kind: NodeKind.CharacterDevice, nodeId: PTMX_ID, cookie: PTMX_ID };
    return [ptmx, ...slaves].filter((entry) => entry.cookie > cookie).slice(0, limit);
  }

  read(): number {
    return Status.Invalid;
  }

  write(): number {
    return Status.Invalid;
  }

  create(_name: ByteString, { kind }: { readonly kind: NodeKind }): Status {
    return kind === NodeKind.File ? Status.AccessDenied : Status.NotPermitted;
  }

  link(): Status {
    return Status.NotPermitted;
  }

  unlink(): Status {
    return Status.NotPermitted;
  }

  rename(): Status {
    return Status.NotPermitted;
  }

  readLink(): Status {
    return Status.Invalid;
  }
}
