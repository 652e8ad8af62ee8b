/** Files of /proc as the kernel's FileNodes: owners, permissions, look-up, and what opening gives. Source: fs/proc/base.c, fs/proc/inode.c. */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind, OpenAccess } from '../../kernel/file-server.ts';
import type {
  AttributeChange,
  Attributes,
  DirectoryEntry as Listed,
  FileNode,
  NewNode,
} from '../../kernel/file-server.ts';
import { DirectoryFile } from '../../kernel/files/directory-file.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import type { Reference } from '../../kernel/reference.ts';
import { Status } from '../../kernel/status.ts';
import type { ProcCapabilities, Subject } from '../../procfs/capabilities.ts';
import type { BytesEntry, DirectoryEntry, Entry, LinkEntry, Text, TextEntry } from '../../procfs/entry.ts';
import { EACCES } from '../abi/errno.ts';
import type { MagicLink } from '../fs/magic-link.ts';
import type { Location } from '../fs/mount.ts';
import { statusOf } from '../status-errno.ts';
import type { LinuxProcess } from '../process/process.ts';
import { BytesFile, TextFile } from './proc-file.ts';
import type { ProcServer } from './proc-server.ts';

export interface ProcNodeOptions<E> {
  readonly server: ProcServer;
  readonly nodeId: number;
  /** Its place in the tree, whatever process it is seen in. */
  readonly shape: number;
  readonly subject: Subject;
  readonly entry: E;
  /** All times of a file: when its directory was first looked at. */
  readonly bornNs: bigint;
}

/** Links to open files show their length so. Source: fs/proc/fd.c. */
const DESCRIPTOR_LINK_BYTES = 64;

abstract class ProcNodeBase implements FileNode {
  readonly server: ProcServer;
  readonly nodeId: number;
  readonly shape: number;
  readonly subject: Subject;
  abstract readonly kind: NodeKind;
  readonly bornNs: bigint;

  constructor({ server, nodeId, shape, subject, bornNs }: ProcNodeOptions<unknown>) {
    this.server = server;
    this.nodeId = nodeId;
    this.shape = shape;
    this.subject = subject;
    this.bornNs = bornNs;
  }

  abstract get permissions(): number;

  /** A process's files belong to who it runs as; to root where it hides itself. Source: fs/proc/base.c, task_dump_owner. */
  attributes(): Attributes {
    const process = this.server.machine.tasks.processes.get(this.subject.pid);
    const isDirectory = this.kind === NodeKind.Directory;
    const owned = process !== undefined && (process.dumpable === 1 || (isDirectory && this.permissions === 0o555));
    const ns = this.bornNs;
    return {
      kind: this.kind,
      permissions: this.permissions,
      owner: owned ? process.credentials.euid : 0,
      group: owned ? process.credentials.egid : 0,
      links: isDirectory ? 2 : 1,
      sizeBytes: this.kind === NodeKind.SymbolicLink && this.subject.fd >= 0 ? DESCRIPTOR_LINK_BYTES : 0,
      blocks512: 0,
      accessedNs: ns,
      modifiedNs: ns,
      changedNs: ns,
      createdNs: ns,
      device: { major: 0, minor: 0 },
    };
  }

  /** Truncation on opening and times are let pass; permissions stay. */
  setAttributes(change: AttributeChange): Status {
    return change.permissions === undefined ? Status.Ok : Status.NotPermitted;
  }

  /** The adapter's answer, with its errors as a Status. */
  protected ask<T>(step: (bag: ProcCapabilities, root: DirectoryEntry) => T): T | number {
    return this.server.sandbox.call((root) => step(this.server.bag, root));
  }

  /** Whether the caller must be refused by a guard. */
  protected refused(guard: Entry['guard']): boolean {
    return guard !== undefined && !this.server.bag.census.mayInspect(this.subject);
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

  /** In /proc looking up the new name fails already; /sys knows it is not there, and refuses. */
  create(_name: ByteString, { kind }: NewNode): Status {
    if (this.server.type === 'proc') return Status.NotFound;
    return kind === NodeKind.File ? Status.AccessDenied : Status.NotPermitted;
  }

  link(): Status {
    return Status.NotPermitted;
  }

  unlink(): Status {
    return Status.NotPermitted;
  }

  rename(): Status {
    return this.server.type === 'proc' ? Status.NotFound : Status.NotPermitted;
  }

  list(_cookie: number, _limit: number): readonly Listed[] | Status {
    return Status.NotDirectory;
  }

  readLink(): ByteString | Status {
    return Status.Invalid;
  }
}

export type ProcNode = ProcNodeBase;

/** Names come and go with processes; a cookie is the number of names before. */
export class ProcDirectory extends ProcNodeBase {
  readonly kind = NodeKind.Directory;
  /** The process has been reaped. */
  ended = false;
  /** The process whose own directory it is. */
  readonly process: LinuxProcess | undefined;
  readonly #entry: DirectoryEntry | 'root';
  /** Its own files that have been looked up. */
  readonly #files = new Map<ByteString, { readonly entry: Entry; readonly node: ProcNode }>();

  constructor(options: ProcNodeOptions<DirectoryEntry | 'root'>, process?: LinuxProcess) {
    super(options);
    this.process = process;
    this.#entry = options.entry;
  }

  /** The root's table is the adapter itself, which may have been made anew. */
  #table(root: DirectoryEntry): DirectoryEntry {
    return this.#entry === 'root' ? root : this.#entry;
  }

  get permissions(): number {
    return this.#entry === 'root' ? 0o555 : this.#entry.mode;
  }

  #refusal(table: DirectoryEntry, bag: ProcCapabilities): number {
    if (this.refused(table.guard)) return -EACCES;
    return table.refuse?.(this.subject, bag) ?? 0;
  }

  open(): Reference<OpenFile> | Status {
    const refused = this.ask((bag, root) => this.#table(root).refuse?.(this.subject, bag) ?? 0);
    return refused < 0 ? statusOf(refused) : this.server.adopt(new DirectoryFile(this));
  }

  override lookup(name: ByteString): FileNode | Status {
    if (this.ended) return Status.Gone;
    const node = this.ask((bag, root) => {
      const table = this.#table(root);
      const refused = this.#refusal(table, bag);
      if (refused < 0) return refused;
      const child = table.children.find(this.subject, bag, name);
      return child && this.server.node(this, name, child);
    });
    if (typeof node === 'number') return statusOf(node);
    return node ?? Status.NotFound;
  }

  /** The file of a name, made once for each entry that the adapter shows there. */
  kept(name: ByteString, entry: Entry, make: () => ProcNode): ProcNode {
    const known = this.#files.get(name);
    if (known?.entry === entry) return known.node;
    const node = make();
    this.#files.set(name, { entry, node });
    return node;
  }

  override list(cookie: number, limit: number): readonly Listed[] | Status {
    if (this.ended) return Status.NotFound;
    const listed = this.ask((bag, root) => {
      const table = this.#table(root);
      const refused = this.#refusal(table, bag);
      if (refused < 0) return refused;
      return this.#listed(table, bag, cookie, limit);
    });
    return typeof listed === 'number' ? statusOf(listed) : listed;
  }

  #listed(table: DirectoryEntry, bag: ProcCapabilities, cookie: number, limit: number): Listed[] {
    const rows: Listed[] = [];
    let position = 0;
    for (const [name, { entry, subject }] of table.children.list(this.subject, bag)) {
      // Numbers are names of tasks and descriptors: a listing goes on after the last one seen, whoever has come or gone.
      position = subject === this.subject ? position + 1 : NUMBERED + numberOf(name, subject);
      if (position <= cookie) continue;
      if (rows.length === limit) break;
      const { nodeId } = this.server.identify(this, name, subject);
      rows.push({ name, kind: kindOf(entry), nodeId, cookie: position });
    }
    return rows;
  }
}

/** Tasks and descriptors are named by their numbers, mappings have one besides their name. */
function numberOf(name: ByteString, { fd }: Subject): number {
  const number = Number(name);
  return Number.isNaN(number) ? fd : number;
}

/** Cookies of numbered names begin here. */
const NUMBERED = 1000;

function kindOf(entry: Entry): NodeKind {
  if (entry.kind === 'directory') return NodeKind.Directory;
  return entry.kind === 'link' ? NodeKind.SymbolicLink : NodeKind.File;
}

export class ProcFile extends ProcNodeBase {
  readonly kind = NodeKind.File;
  readonly entry: TextEntry | BytesEntry;

  constructor(options: ProcNodeOptions<TextEntry | BytesEntry>) {
    super(options);
    this.entry = options.entry;
  }

  get permissions(): number {
    return this.entry.mode;
  }

  open(access: OpenAccess): Reference<OpenFile> | Status {
    const { entry } = this;
    if (this.refused(entry.guard)) return Status.AccessDenied;
    // Root passes the permission bits, but what can't be done still can't. Source: fs/proc/proc_sysctl.c, proc_sys_permission.
    const writes = (access & OpenAccess.Write) !== 0;
    if (entry.kind === 'text') {
      const reads = (access & OpenAccess.Read) !== 0;
      const lacks = (writes && entry.store === undefined) || (reads && entry.render === undefined);
      if (entry.strict === true && lacks) return Status.AccessDenied;
      const changes = entry.tells === undefined ? undefined : this.server.changesOf(this.subject);
      return this.server.adopt(new TextFile(this, entry, changes));
    }
    return this.server.adopt(new BytesFile(this, entry));
  }

  /** For its open descriptions: a count, or a Status. */
  askCount(step: (bag: ProcCapabilities) => number): number {
    const result = this.ask(step);
    return result < 0 ? statusOf(result) : result;
  }

  askText(step: (bag: ProcCapabilities) => Text | number): Text | Status {
    const result = this.ask(step);
    return typeof result === 'number' ? statusOf(result) : result;
  }

  /** Its process has been reaped since. */
  get gone(): boolean {
    const { subject, server } = this;
    if (subject.scope === 'system') return false;
    if (subject.scope === 'thread') return server.bag.census.processOf(subject.tid) !== subject.pid;
    return !server.machine.tasks.processes.has(subject.pid);
  }
}

export class ProcLink extends ProcNodeBase {
  readonly kind = NodeKind.SymbolicLink;
  readonly #entry: LinkEntry;

  constructor(options: ProcNodeOptions<LinkEntry>) {
    super(options);
    this.#entry = options.entry;
  }

  get permissions(): number {
    return this.#entry.mode;
  }

  override readLink(): ByteString | Status {
    const target = this.ask((bag) => this.#entry.target?.(this.subject, bag) ?? '');
    return typeof target === 'number' ? statusOf(target) : target;
  }
}

export class ProcMagicLink extends ProcNodeBase implements MagicLink {
  readonly kind = NodeKind.SymbolicLink;
  readonly #entry: LinkEntry;

  constructor(options: ProcNodeOptions<LinkEntry>) {
    super(options);
    this.#entry = options.entry;
  }

  get permissions(): number {
    const { modeOf, mode } = this.#entry;
    if (modeOf === undefined) return mode;
    const found = this.ask((bag) => modeOf(this.subject, bag));
    return found < 0 ? mode : found;
  }

  magicTarget(): Location | number {
    if (this.refused(this.#entry.guard)) return -EACCES;
    return this.server.place(this.subject, this.#entry);
  }
}
