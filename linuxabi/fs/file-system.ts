/**
 * What the files of one machine have in common: the mounts, the name trees, named pipes, devices, locks, and the factories of open
 * descriptions. Processes see it through their FsContext (root, working directory, umask).
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import type { FileNode, FileServer } from '../../kernel/file-server.ts';
import type { FactoryRegistry } from '../../kernel/factory.ts';
import { FileFactories } from '../../kernel/files/file-factories.ts';
import { Pipe } from '../../kernel/streams/pipe.ts';
import { RingStream } from '../../kernel/streams/ring-stream.ts';
import { DEFAULT_CAPACITY } from '../../kernel/streams/stream.ts';
import { AnonymousServer } from './anonymous.ts';
import { DentryRoots } from './dentry.ts';
import { DeviceTable } from './device-table.ts';
import { LockTable } from './lock-table.ts';
import { Mount } from './mount.ts';
import type { Location } from './mount.ts';

/** Bytes on their way between guest memory and an object move through here, a piece at a time. */
const TRANSFER_SIZE = 256 * 1024;

export interface MountRequest {
  readonly server: FileServer;
  readonly source: ByteString;
  readonly readOnly?: boolean;
}

export class FileSystem {
  readonly root: Location;
  readonly devices = new DeviceTable();
  readonly locks = new LockTable();
  readonly transfer = new Uint8Array(TRANSFER_SIZE);
  readonly anonymous: AnonymousServer;
  readonly #dentries = new DentryRoots();
  readonly #mounts: Mount[] = [];
  readonly #fifos = new WeakMap<FileNode, Pipe>();
  #factories: FileFactories | undefined;
  #lastMountId = 0;
  #lastTemporaryId = 0;

  /** `nowNs` is real time, for the timestamps of pipes and their like. */
  constructor(root: MountRequest, nowNs: () => bigint) {
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
  fifo(node: FileNode): Pipe {
    let pipe = this.#fifos.get(node);
    if (pipe === undefined) {
      pipe = new Pipe(new RingStream(DEFAULT_CAPACITY), node);
      this.#fifos.set(node, pipe);
    }
    return pipe;
  }

  /** A pipe outside any tree, found again through its node (/proc/self/fd). */
  adoptPipe(node: FileNode, pipe: Pipe): void {
    this.#fifos.set(node, pipe);
  }

  /** For names of files that are made to be unlinked at once. */
  nextTemporaryId(): number {
    return ++this.#lastTemporaryId;
  }

  #add(request: MountRequest, at: Location | undefined): Location {
    const { server, source } = request;
    const root = this.#dentries.of(server);
    const mount = new Mount({ id: ++this.#lastMountId, server, root, at, source, readOnly: request.readOnly ?? false });
    this.#mounts.push(mount);
    return { mount, dentry: root };
  }
}
