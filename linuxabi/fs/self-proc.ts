/**
 * The little of /proc that the file calls themselves need: /proc/self with fd, exe, cwd and root, all magic links. It stands in where no
 * procfs is mounted; /dev/fd, /dev/stdin and process substitution lead through it. Source: proc(5).
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type { Attributes, DirectoryEntry, FileNode, FileServer, ServerStatistics } from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import { ENOENT } from '../abi/errno.ts';
import type { LinuxProcess } from '../process/process.ts';
import { Dentry } from './dentry.ts';
import type { Description } from './description.ts';
import type { FileSystem } from './file-system.ts';
import type { MagicLink } from './magic-link.ts';
import type { Location } from './mount.ts';
import { Last, walk } from './path-walk.ts';

type Children = (process: LinuxProcess) => Iterable<readonly [name: ByteString, node: FileNode]>;

abstract class ProcNode implements FileNode {
  readonly server: SelfProcServer;
  readonly nodeId: number;
  abstract readonly kind: NodeKind;
  readonly #permissions: number;

  constructor(server: SelfProcServer, nodeId: number, permissions: number) {
    this.server = server;
    this.nodeId = nodeId;
    this.#permissions = permissions;
  }

  attributes(): Attributes {
    const credentials = this.server.caller?.credentials;
    const nowNs = this.server.nowNs();
    return {
      kind: this.kind,
      permissions: this.#permissions,
      owner: credentials?.euid ?? 0,
      group: credentials?.egid ?? 0,
      links: this.kind === NodeKind.Directory ? 2 : 1,
      sizeBytes: this.kind === NodeKind.Directory ? 0 : 64,
      blocks512: 0,
      accessedNs: nowNs,
      modifiedNs: nowNs,
      changedNs: nowNs,
      createdNs: nowNs,
      device: { major: 0, minor: 0 },
    };
  }

  setAttributes(): Status {
    return Status.NotPermitted;
  }

  read(): number {
    return this.kind === NodeKind.Directory ? Status.IsDirectory : Status.Invalid;
  }

  write(): number {
    return Status.Invalid;
  }

  lookup(_name: ByteString): FileNode | Status {
    return Status.NotDirectory;
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

  list(_cookie: number, _limit: number): readonly DirectoryEntry[] | Status {
    return Status.NotDirectory;
  }

  readLink(): Status {
    return Status.Invalid;
  }
}

class ProcDirectory extends ProcNode {
  readonly kind = NodeKind.Directory;
  readonly #children: Children;

  constructor(server: SelfProcServer, nodeId: number, permissions: number, children: Children) {
    super(server, nodeId, permissions);
    this.#children = children;
  }

  override lookup(name: ByteString): FileNode | Status {
    const { caller } = this.server;
    if (caller === undefined) return Status.NotFound;
    for (const [each, node] of this.#children(caller)) if (each === name) return node;
    return Status.NotFound;
  }

  /** Descriptors may be closed between two calls: theirs do not depend on how many there are. */
  #cookieOf(name: ByteString, index: number): number {
    return /^\d+$/.test(name) ? Number(name) + 1 : index + 1;
  }

  override list(cookie: number, limit: number): readonly DirectoryEntry[] {
    const { caller } = this.server;
    const all = caller === undefined ? [] : [...this.#children(caller)];
    return all
      .map(([name, { kind, nodeId }], i) => ({ name, kind, nodeId, cookie: this.#cookieOf(name, i) }))
      .filter((entry) => entry.cookie > cookie)
      .slice(0, limit);
  }
}

class ProcLink extends ProcNode implements MagicLink {
  readonly kind = NodeKind.SymbolicLink;
  readonly #target: (process: LinuxProcess) => Location | undefined;

  constructor(server: SelfProcServer, nodeId: number, target: (process: LinuxProcess) => Location | undefined) {
    super(server, nodeId, 0o777);
    this.#target = target;
  }

  magicTarget(): Location | number {
    const { caller } = this.server;
    return (caller && this.#target(caller)) ?? -ENOENT;
  }
}

const FD_IDS = 1000;

export class SelfProcServer implements FileServer {
  readonly type = 'proc';
  readonly deviceId: number;
  readonly readOnly = false;
  readonly namesAreVolatile = true;
  readonly root: FileNode;
  readonly nowNs: () => bigint;
  readonly #system: FileSystem;
  readonly #links = new Map<number, ProcLink>();

  constructor(system: FileSystem, deviceId: number, nowNs: () => bigint) {
    this.#system = system;
    this.deviceId = deviceId;
    this.nowNs = nowNs;
    const link = (id: number, target: (process: LinuxProcess) => Location | undefined) =>
      new ProcLink(this, id, target);
    const descriptors = new ProcDirectory(this, 3, 0o500, (process) => this.#descriptors(process));
    const self: readonly (readonly [ByteString, FileNode])[] = [
      ['cwd', link(5, (process) => process.fs.cwd)],
      ['exe', link(4, executableOf)],
      ['fd', descriptors],
      ['root', link(6, (process) => process.fs.root)],
    ];
    const directory = new ProcDirectory(this, 2, 0o555, () => self);
    this.root = new ProcDirectory(this, 1, 0o555, () => [['self', directory]]);
  }

  /** Who is looking: /proc/self means this process. */
  get caller(): LinuxProcess | undefined {
    return this.#system.caller;
  }

  statistics(): ServerStatistics {
    return { blockSizeBytes: 4096, blocks: 0, blocksFree: 0, nodes: 0, nodesFree: 0, nameLimit: 255 };
  }

  *#descriptors(process: LinuxProcess): Generator<readonly [ByteString, FileNode]> {
    for (const [fd] of process.files.descriptors()) yield [String(fd), this.#descriptorLink(fd)];
  }

  #descriptorLink(fd: number): ProcLink {
    let link = this.#links.get(fd);
    if (link === undefined) {
      link = new ProcLink(this, FD_IDS + fd, (process) => {
        const description = process.files.get(fd);
        return description && placeOf(this.#system, description);
      });
      this.#links.set(fd, link);
    }
    return link;
  }
}

/** The place of what a descriptor leads to, also of what was never opened by name. */
function placeOf(system: FileSystem, description: Description): Location | undefined {
  const { location, node } = description;
  if (location !== undefined || node === undefined) return location;
  // A terminal handed to the first program: its device node has a name all the same.
  const mount = system.mounts.find(({ server }) => server === node.server);
  const dentry = mount?.root.child(String(node.attributes().device.minor));
  if (mount !== undefined && typeof dentry === 'object' && dentry.node === node) return { mount, dentry };
  return { mount: mount ?? system.root.mount, dentry: new Dentry(description.label, undefined, node) };
}

function executableOf(process: LinuxProcess): Location | undefined {
  const { fs, credentials, executable } = process;
  const walker = { root: fs.root, start: fs.root, credentials, magicTarget: () => undefined };
  const location = walk(walker, executable, Last.Follow);
  return typeof location === 'number' ? undefined : location;
}
