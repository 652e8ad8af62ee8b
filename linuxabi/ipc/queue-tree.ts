/**
 * The file tree of POSIX message queues, which mq_open's names live in and which can be mounted: one folder of queues. What a queue
 * does is the adapter's business (sysv/posix-queues.ts); here it has a name, an owner, times, and an open description.
 * Source: mq_overview(7), "Mounting the message queue filesystem"; ipc/mqueue.c.
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type {
  Attributes,
  DirectoryEntry,
  FileNode,
  FileServer,
  NewNode,
  ServerStatistics,
} from '../../kernel/file-server.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import type { Reference } from '../../kernel/reference.ts';
import { Status } from '../../kernel/status.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import type { PosixQueue, QueueSize } from '../../sysv/posix-queues.ts';
import { EMFILE, ENOSPC } from '../abi/errno.ts';
import { AnonymousNode } from '../fs/anonymous.ts';
import { Dentry } from '../fs/dentry.ts';
import { SuperBlock, unshownMount } from '../fs/mount.ts';
import type { Location, Mount } from '../fs/mount.ts';
import type { Machine } from '../machine.ts';
import { linuxResult } from '../status-errno.ts';
import { callerOfProcess } from './caller.ts';
import { QueueFile } from './queue-file.ts';

const ROOT_PERMISSIONS = 0o1777;
/** Source: ipc/mqueue.c, FILENT_SIZE, DIRENT_SIZE. */
const FILE_BYTES = 80;
const NAME_BYTES = 20;

export class QueueNode extends AnonymousNode {
  override readonly server: QueueServer;
  readonly queue: PosixQueue;
  /** Those who poll it. */
  readonly waiters: WaitQueue;
  /** Its place in the kernel's own mount, once it has been opened there. */
  dentry: Dentry | undefined;
  links = 1;
  #opens = 0;

  constructor(
    server: QueueServer,
    nodeId: number,
    attributes: Attributes,
    { queue, waiters }: { readonly queue: PosixQueue; readonly waiters: WaitQueue },
  ) {
    super(server, nodeId, attributes);
    this.server = server;
    this.queue = queue;
    this.waiters = waiters;
  }

  override attributes(): Attributes {
    const attributes = super.attributes();
    attributes.links = this.links;
    return attributes;
  }

  open(): Reference<OpenFile> {
    this.#opens++;
    return this.server.adopt(new QueueFile(this));
  }

  closed(): void {
    this.#opens--;
    this.endIfUnused();
  }

  /** Without a name and without a user it is gone. */
  endIfUnused(): void {
    if (this.links === 0 && this.#opens === 0) this.server.destroy(this.queue);
  }

  /** A message has come or gone. */
  touch(): void {
    const now = this.server.nowNs();
    this.setAttributes({ accessedNs: now, modifiedNs: now, changedNs: now });
  }
}

export class QueueFolder extends AnonymousNode {
  override readonly server: QueueServer;
  readonly #queues = new Map<ByteString, QueueNode>();

  constructor(server: QueueServer, attributes: Attributes) {
    super(server, 1, attributes);
    this.server = server;
  }

  override attributes(): Attributes {
    const attributes = super.attributes();
    attributes.sizeBytes = this.#queues.size * NAME_BYTES;
    return attributes;
  }

  override lookup(name: ByteString): QueueNode | Status {
    return this.#queues.get(name) ?? Status.NotFound;
  }

  override create(name: ByteString, node: NewNode): FileNode | Status {
    if (node.kind !== NodeKind.File) return Status.NotPermitted;
    const made = this.makeQueue(name, node, undefined);
    if (typeof made !== 'number') return made;
    return made === -ENOSPC || made === -EMFILE ? Status.NoSpace : Status.Invalid;
  }

  /** A queue with a name, or −errno. */
  makeQueue(name: ByteString, node: NewNode, size: QueueSize | undefined): QueueNode | number {
    if (this.#queues.has(name)) return linuxResult(Status.Exists);
    const made = this.server.makeNode(node, size);
    if (typeof made !== 'number') this.#queues.set(name, made);
    return made;
  }

  override unlink(name: ByteString): Status {
    const node = this.#queues.get(name);
    if (node === undefined) return Status.NotFound;
    this.#queues.delete(name);
    node.links = 0;
    if (node.dentry !== undefined) node.dentry.removed = true;
    node.endIfUnused();
    return Status.Ok;
  }

  override list(cookie: number, limit: number): readonly DirectoryEntry[] {
    const entries: DirectoryEntry[] = [];
    for (const [name, { kind, nodeId }] of this.#queues) {
      if (nodeId <= cookie) continue;
      if (entries.length === limit) break;
      entries.push({ name, kind, nodeId, cookie: nodeId });
    }
    return entries;
  }
}

export class QueueServer implements FileServer {
  readonly type = 'mqueue';
  readonly deviceId: number;
  readonly readOnly = false;
  readonly namesAreVolatile = true;
  readonly root: QueueFolder;
  readonly #machine: Machine;
  /** The kernel's own mount, whether or not a program sees another. */
  readonly #mount: Mount;
  #lastId = 1;

  constructor(machine: Machine, deviceId: number) {
    this.#machine = machine;
    this.deviceId = deviceId;
    const folder = { kind: NodeKind.Directory, permissions: ROOT_PERMISSIONS, owner: 0, group: 0 };
    this.root = new QueueFolder(this, this.#attributes(folder, 2, 0));
    this.#mount = unshownMount(new SuperBlock(this, new Dentry('/', undefined, this.root)), 'mqueue');
  }

  nowNs(): bigint {
    return this.#machine.clock.realtimeNs();
  }

  statistics(): ServerStatistics {
    return { blockSizeBytes: 4096, blocks: 0, blocksFree: 0, nodes: 0, nodesFree: 0, nameLimit: 255 };
  }

  makeNode(node: NewNode, size: QueueSize | undefined): QueueNode | number {
    const { ipc, actor } = this.#machine;
    const waiters = new WaitQueue();
    const caller = callerOfProcess(actor ?? this.#machine.init);
    const queue = ipc.queues.call((adapter) => adapter.create(caller, size, () => waiters.wake()));
    if (typeof queue === 'number') return queue;
    return new QueueNode(this, ++this.#lastId, this.#attributes(node, 1, FILE_BYTES), { queue, waiters });
  }

  destroy(queue: PosixQueue): void {
    this.#machine.ipc.queues.tell((adapter) => adapter.destroy(queue));
  }

  forgetNotification(queue: PosixQueue): void {
    const { ipc, actor } = this.#machine;
    if (actor !== undefined) ipc.queues.tell((adapter) => adapter.forgetNotification(queue, actor.pid));
  }

  adopt(file: OpenFile): Reference<OpenFile> {
    const { fs, kernel } = this.#machine;
    return fs.system.factories(kernel.factories).adopt('message-queue', file);
  }

  /** Where mq_open has found it: the name under the root of the kernel's own mount. */
  placeOf(name: ByteString, node: QueueNode): Location {
    node.dentry ??= new Dentry(`/${name}`, undefined, node);
    return { mount: this.#mount, dentry: node.dentry };
  }

  #attributes(
    { kind, permissions, owner, group }: Pick<NewNode, 'kind' | 'permissions' | 'owner' | 'group'>,
    links: number,
    sizeBytes: number,
  ): Attributes {
    const now = this.nowNs();
    const times = { accessedNs: now, modifiedNs: now, changedNs: now, createdNs: now };
    const device = { major: 0, minor: 0 };
    return { kind, permissions, owner, group, links, sizeBytes, blocks512: 0, device, ...times };
  }
}
