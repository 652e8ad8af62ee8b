/**
 * What the files of one machine have in common: the mounts, the name trees, named pipes, devices, locks, and the factories of open
 * descriptions. Processes see it through their FsContext (root, working directory, umask).
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import type { FileNode, FileServer, NewNode } from '../../kernel/file-server.ts';
import { PAGE_SIZE } from '../../cpu/address.ts';
import { PageBudget } from '../../cpu/memory/page-budget.ts';
import type { FactoryRegistry } from '../../kernel/factory.ts';
import { FileFactories } from '../../kernel/files/file-factories.ts';
import { Pipe } from '../../kernel/streams/pipe.ts';
import type { StreamFactories } from '../../kernel/streams/stream-factories.ts';
import type { LinuxThread } from '../process/thread.ts';
import { AnonymousServer } from './anonymous.ts';
import { Dentry } from './dentry.ts';
import { DeviceTable } from './device-table.ts';
import { LeaseTable } from './lease-table.ts';
import type { KernelMemory } from '../limits/kernel-memory.ts';
import { LockTable } from './lock-table.ts';
import { FileHandles } from './file-handle.ts';
import { Notifier } from './notify/notifier.ts';
import { WatchAccounts } from './notify/watch-account.ts';
import { MemoryServer } from '../../rootfs/memfs/memory-server.ts';
import { SwappableServer } from '../../rootfs/swap/swappable-server.ts';
import { MountNamespace } from './mount-namespace.ts';
import { PeerGroups } from './peer-group.ts';
import { Seals } from './seals.ts';
import { MOUNT_BYTES, Mount, SuperBlock, unshownMount } from './mount.ts';
import type { Location } from './mount.ts';

/** Bytes on their way between guest memory and an object move through here, a piece at a time. */
const TRANSFER_SIZE = 256 * 1024;

/** Device number of files without any name; like the pipes' it comes from no list. */
const UNNAMED_DEVICE = 0x1;

export interface MountRequest {
  readonly server: FileServer;
  readonly source: ByteString;
  /** MS_ flags of the mount. */
  readonly flags?: number;
  /** The type's own options, as a mount table shows them. */
  readonly options?: string;
}

/** Device numbers of trees mounted from inside come from here on; those of the machine's own trees lie below. */
const FIRST_INNER_DEVICE = 0x40;
/** Trees that a machine has one of: mounting them again shows the same. */
const SINGLE_TYPES: ReadonlySet<string> = new Set(['proc', 'sysfs', 'devtmpfs', 'devpts', 'mqueue']);

export class FileSystem {
  /** The mounts that programs start with. */
  readonly namespace: MountNamespace;
  readonly devices = new DeviceTable();
  readonly locks = new LockTable();
  /** Files without a name that may get one (O_TMPFILE without O_EXCL). */
  readonly linkable = new WeakSet<FileNode>();
  readonly seals = new Seals();
  /** F_SET_RW_HINT, by file. */
  readonly writeHints = new WeakMap<object, number>();
  readonly leases = new LeaseTable();
  readonly notifier = new Notifier();
  readonly watchAccounts = new WatchAccounts();
  readonly handles = new FileHandles();
  readonly transfer = new Uint8Array(TRANSFER_SIZE);
  readonly anonymous: AnonymousServer;
  /** Whose call is being served: what /proc/self means. Calls run one at a time and never wait inside. */
  caller: LinuxThread | undefined;
  readonly #superBlocks = new Map<FileServer, SuperBlock>();
  readonly #singles = new Map<string, FileServer>();
  readonly #fifos = new WeakMap<FileNode, Pipe>();
  readonly #nowNs: () => bigint;
  #unnamed: Mount | undefined;
  #factories: FileFactories | undefined;
  #budget = new PageBudget();
  #kernelMemory: KernelMemory | undefined;
  /** In all namespaces. */
  #mounts = 0;
  #lastMountId = 0;
  #lastDevice = FIRST_INNER_DEVICE - 1;
  #lastTemporaryId = 0;

  /** `nowNs` is real time, for the timestamps of pipes and their like. */
  constructor(root: MountRequest, nowNs: () => bigint) {
    this.#nowNs = nowNs;
    this.anonymous = new AnonymousServer(nowNs);
    this.namespace = new MountNamespace({
      nextMountId: () => ++this.#lastMountId,
      counted: (change) => {
        this.#mounts += change;
        this.#kernelMemory?.add(change * MOUNT_BYTES);
      },
      unmounted: (superBlock) => this.#unmounted(superBlock),
      groups: new PeerGroups(),
    });
    this.namespace.add(this.#makeMount(root), undefined);
  }

  /** Root of the mounts that programs start with. */
  get root(): Location {
    return this.namespace.root;
  }

  /** Trees that are mounted, in whatever namespace. */
  get superBlocks(): Iterable<SuperBlock> {
    return this.#superBlocks.values();
  }

  /** Mounts a tree on a place; what is below it is hidden. */
  mount(request: MountRequest, at: Location): Location {
    const mount = this.#makeMount(request);
    const { server } = request;
    if (SINGLE_TYPES.has(server.type) && !this.#singles.has(server.type)) this.#singles.set(server.type, server);
    return (at.mount.namespace ?? this.namespace).add(mount, at);
  }

  /** A mount of a tree that is shown nowhere yet, the root of a namespace of its own. */
  mountDetached(request: MountRequest): Location {
    return this.namespace.detached().add(this.#makeMount(request), undefined);
  }

  /** The machine's one tree of this type (proc, sysfs, …). */
  single(type: string): FileServer | undefined {
    return this.#singles.get(type);
  }

  /** For the files of a tree mounted from inside. */
  nextDevice(): number {
    return ++this.#lastDevice;
  }

  realTimeNs(): bigint {
    return this.#nowNs();
  }

  /** Open descriptions that live. */
  openFiles(registry: FactoryRegistry): number {
    return this.factories(registry).live;
  }

  /**
   * Trees in memory, those to come too, count as memory from now on, and each takes at most half of it; of changes of the machine's root
   * only the nodes do. Source: tmpfs(5), size.
   */
  chargeTo(budget: PageBudget, kernelMemory: KernelMemory): void {
    this.#budget = budget;
    this.#kernelMemory = kernelMemory;
    kernelMemory.add(this.#mounts * MOUNT_BYTES);
    this.locks.chargeTo(kernelMemory);
    this.watchAccounts.chargeTo(kernelMemory);
    for (const { server } of this.superBlocks) {
      if (server instanceof SwappableServer) server.storage?.chargeNodesTo(budget);
      if (!(server instanceof MemoryServer)) continue;
      server.storage.chargeTo(budget);
      server.storage.limitBytes = Math.min(server.storage.limitBytes, (budget.limitPages * PAGE_SIZE) / 2);
    }
  }

  /** What trees in memory count in. */
  get budget(): PageBudget {
    return this.#budget;
  }

  factories(registry: FactoryRegistry): FileFactories {
    this.#factories ??= new FileFactories(registry);
    return this.#factories;
  }

  /** The pipe behind a FIFO: one as long as anyone uses it. */
  fifo(node: FileNode, streams: StreamFactories): Pipe {
    let pipe = this.#fifos.get(node);
    if (pipe === undefined) {
      pipe = new Pipe(streams, node);
      this.#fifos.set(node, pipe);
    }
    return pipe;
  }

  /** A pipe outside any tree, found again through its node (/proc/self/fd). */
  adoptPipe(node: FileNode, pipe: Pipe): void {
    this.#fifos.set(node, pipe);
  }

  /** A file of a memory tree that no path leads to (memfd); `label` is how /proc shows it. */
  createUnnamed(label: ByteString, node: NewNode): Location {
    this.#unnamed ??= this.#makeUnnamed();
    const { server } = this.#unnamed;
    const name = String(this.nextTemporaryId());
    const made = server.root.create(name, node);
    if (typeof made === 'number') throw new Error(`memory tree refuses a file: status ${made}`);
    // The caller opens it at once; until then the name's end must not be the file's.
    made.hold?.();
    server.root.unlink(name);
    const dentry = new Dentry(label, undefined, made);
    dentry.removed = true;
    return { mount: this.#unnamed, dentry };
  }

  /** For names of files that are made to be unlinked at once. */
  nextTemporaryId(): number {
    return ++this.#lastTemporaryId;
  }

  /** Nothing but memory limits these. */
  #makeUnnamed(): Mount {
    const limits = { limitBytes: Infinity, limitNodes: Infinity };
    const server = new MemoryServer({ deviceId: UNNAMED_DEVICE, nowNs: this.#nowNs, ...limits });
    server.storage.chargeTo(this.#budget);
    return this.#detached(server);
  }

  #detached(server: FileServer): Mount {
    return unshownMount(new SuperBlock(server, new Dentry('/', undefined, server.root)), 'none', ++this.#lastMountId);
  }

  #makeMount({ server, source, flags, options }: MountRequest): Mount {
    const superBlock = this.#superBlockOf(server, options);
    const root = superBlock.root;
    return new Mount({ id: ++this.#lastMountId, superBlock, root, source, ...(flags !== undefined && { flags }) });
  }

  #superBlockOf(server: FileServer, options?: string): SuperBlock {
    let found = this.#superBlocks.get(server);
    if (found === undefined) {
      found = new SuperBlock(server, new Dentry('/', undefined, server.root), options);
      this.#superBlocks.set(server, found);
    }
    return found;
  }

  /** The machine's own trees stay, to be mounted again. */
  #unmounted({ server }: SuperBlock): void {
    this.notifier.unmounted(server);
    if (this.#singles.get(server.type) !== server) this.#superBlocks.delete(server);
  }
}
