/**
 * What the files of one machine have in common: the mounts, the name trees, named pipes, devices, locks, and the factories of open
 * descriptions. Processes see it through their FsContext (root, working directory, umask).
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import type { FileNode, FileServer, NewNode } from '../../kernel/file-server.ts';
import type { FactoryRegistry } from '../../kernel/factory.ts';
import { FileFactories } from '../../kernel/files/file-factories.ts';
import { Pipe } from '../../kernel/streams/pipe.ts';
import type { StreamFactories } from '../../kernel/streams/stream-factories.ts';
import type { LinuxThread } from '../process/thread.ts';
import { AnonymousServer } from './anonymous.ts';
import { Dentry, DentryRoots } from './dentry.ts';
import { DeviceTable } from './device-table.ts';
import { LockTable } from './lock-table.ts';
import { FileHandles } from './file-handle.ts';
import { Notifier } from './notify/notifier.ts';
import { WatchAccounts } from './notify/watch-account.ts';
import { MemoryServer } from '../../rootfs/memfs/memory-server.ts';
import { Mount } from './mount.ts';
import type { Location } from './mount.ts';

/** Bytes on their way between guest memory and an object move through here, a piece at a time. */
const TRANSFER_SIZE = 256 * 1024;

/** Device number of files without any name; like the pipes' it comes from no list. */
const UNNAMED_DEVICE = 0x1;

export interface MountRequest {
  readonly server: FileServer;
  readonly source: ByteString;
  readonly readOnly?: boolean;
}

export class FileSystem {
  readonly root: Location;
  readonly devices = new DeviceTable();
  readonly locks = new LockTable();
  readonly notifier = new Notifier();
  readonly watchAccounts = new WatchAccounts();
  readonly handles = new FileHandles();
  readonly transfer = new Uint8Array(TRANSFER_SIZE);
  readonly anonymous: AnonymousServer;
  /** Whose call is being served: what /proc/self means. Calls run one at a time and never wait inside. */
  caller: LinuxThread | undefined;
  readonly #dentries = new DentryRoots();
  readonly #mounts: Mount[] = [];
  readonly #fifos = new WeakMap<FileNode, Pipe>();
  readonly #nowNs: () => bigint;
  #unnamed: Mount | undefined;
  #factories: FileFactories | undefined;
  #lastMountId = 0;
  #lastTemporaryId = 0;

  /** `nowNs` is real time, for the timestamps of pipes and their like. */
  constructor(root: MountRequest, nowNs: () => bigint) {
    this.#nowNs = nowNs;
    this.anonymous = new AnonymousServer(nowNs);
    this.root = this.#add(root, undefined);
  }

  /** In the order they were made. */
  get mounts(): readonly Mount[] {
    return this.#mounts;
  }

  /** Mounts a tree on a place; what is below it is hidden. */
  mount(request: MountRequest, at: Location): Location {
    const root = this.#add(request, at);
    at.dentry.mounts ??= new Map();
    at.dentry.mounts.set(at.mount, root.mount);
    return root;
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
    this.#unnamed ??= this.#detached(new MemoryServer({ deviceId: UNNAMED_DEVICE, nowNs: this.#nowNs }));
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

  #detached(server: FileServer): Mount {
    const root = this.#dentries.of(server);
    return new Mount({ id: ++this.#lastMountId, server, root, at: undefined, source: 'none', readOnly: false });
  }

  #add(request: MountRequest, at: Location | undefined): Location {
    const { server, source } = request;
    const root = this.#dentries.of(server);
    const mount = new Mount({ id: ++this.#lastMountId, server, root, at, source, readOnly: request.readOnly ?? false });
    this.#mounts.push(mount);
    return { mount, dentry: root };
  }
}
