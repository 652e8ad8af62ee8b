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
import { SLAVE_MAJOR, type PtyTable } from './pty-table.ts';

/** Group `tty` of Debian's base system; slaves are 0620 as `gid=5,mode=620` gives them. */
const TTY_GROUP = 5;
const ROOT_ID = 1;
/** devpts numbers its nodes from 3 on: the root and ptmx come first. */
const FIRST_SLAVE_ID = 3;

export class PtsServer implements FileServer {
  readonly type = 'devpts';
  readonly readOnly = false;
  readonly deviceId: number;
  readonly root: FileNode;
  readonly table: PtyTable;
  readonly nowNs: () => bigint;
  readonly #nodes = new Map<number, PtsNode>();

  /** `nowNs`: real time for timestamps. */
  constructor(table: PtyTable, deviceId: number, nowNs: () => bigint) {
    this.table = table;
    this.deviceId = deviceId;
    this.nowNs = nowNs;
    this.root = new PtsNode(this, undefined);
  }

  /** The node of a terminal; the same object as long as the terminal lives. */
  node(index: number): FileNode | undefined {
    if (this.table.get(index) === undefined) {
      this.#nodes.delete(index);
      return undefined;
    }
    let node = this.#nodes.get(index);
    if (node === undefined) {
      node = new PtsNode(this, index);
      this.#nodes.set(index, node);
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

  /** `index` undefined: the directory itself. */
  constructor(server: PtsServer, index: number | undefined) {
    const now = server.nowNs();
    const isRoot = index === undefined;
    this.server = server;
    this.kind = isRoot ? NodeKind.Directory : NodeKind.CharacterDevice;
    this.nodeId = isRoot ? ROOT_ID : FIRST_SLAVE_ID + index;
    this.#attributes = {
      kind: this.kind,
      permissions: isRoot ? 0o755 : 0o620,
      owner: isRoot ? 0 : (server.table.get(index)?.owner ?? 0),
      group: isRoot ? 0 : TTY_GROUP,
      links: isRoot ? 2 : 1,
      sizeBytes: 0,
      blocks512: 0,
      accessedNs: now,
      modifiedNs: now,
      changedNs: now,
      createdNs: now,
      device: isRoot ? { major: 0, minor: 0 } : { major: SLAVE_MAJOR, minor: index },
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
    if (!/^(0|[1-9][0-9]*)$/.test(name)) return Status.NotFound;
    return this.server.node(Number(name)) ?? Status.NotFound;
  }

  list(cookie: number, limit: number): readonly DirectoryEntry[] | Status {
    if (this.kind !== NodeKind.Directory) return Status.NotDirectory;
    return this.server.table
      .indices()
      .filter((index) => index >= cookie)
      .slice(0, limit)
      .map((index) => ({
        name: String(index),
        kind: NodeKind.CharacterDevice,
        nodeId: FIRST_SLAVE_ID + index,
        cookie: index + 1,
      }));
  }

  read(): number {
    return Status.Invalid;
  }

  write(): number {
    return Status.Invalid;
  }

  create(): Status {
    return Status.NotPermitted;
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
