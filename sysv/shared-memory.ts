/**
 * Shared memory segments. The pages are a memory object that every attacher maps, so that all see the same frames; who is
 * attached is told by the mappings themselves, whatever makes or ends them: shmat, fork, exec, exit, munmap.
 * Source: shmget(2), shmop(2), shmctl(2); ipc/shm.c.
 */
import { EINVAL, ENOMEM, ENOSPC, EPERM } from '../linuxabi/abi/errno.ts';
import { SHM_DEST, SHM_HUGETLB, SHM_LOCKED, SHMMIN } from '../linuxabi/abi/ipc.ts';
import type { Caller, IpcCapabilities, MemoryObjects, Segment } from './capabilities.ts';
import { checkAccess, checkOwner, IdTable, May, setOwnership, validOwnership } from './ids.ts';
import type { IpcObject, Ownership, Permission } from './ids.ts';

const PAGE_BYTES = 4096;

export interface SharedSegment<R> extends IpcObject {
  readonly permission: Permission;
  readonly sizeBytes: number;
  readonly pages: number;
  readonly creatorPid: number;
  readonly memory: Segment<R>;
  lastPid: number;
  /** Its creator has ended. */
  isOrphan: boolean;
  attached: number;
  attachSeconds: number;
  detachSeconds: number;
  changeSeconds: number;
}

export interface SharedMemoryTotals {
  readonly used: number;
  readonly pages: number;
  readonly residentPages: number;
  readonly highestSlot: number;
}

/** What stays when the adapter is made anew. */
export class SharedMemoryState<R> {
  readonly ids: IdTable<SharedSegment<R>>;
  pages = 0;

  constructor(bag: IpcCapabilities) {
    this.ids = new IdTable(bag.meter);
  }
}

export class SharedMemory<R> {
  readonly #bag: IpcCapabilities;
  readonly #objects: MemoryObjects<R>;
  readonly #state: SharedMemoryState<R>;

  constructor(bag: IpcCapabilities, objects: MemoryObjects<R>, state: SharedMemoryState<R>) {
    this.#bag = bag;
    this.#objects = objects;
    this.#state = state;
  }

  get(caller: Caller, key: number, sizeBytes: number, flags: number): number {
    const limit = this.#bag.setting('kernel/shmmni');
    return this.#state.ids.obtain(
      caller,
      { key, flags, limit },
      (segment) => (segment.sizeBytes < sizeBytes ? -EINVAL : 0),
      (permission) => this.#make(caller, permission, sizeBytes, flags, limit),
    );
  }

  #make(
    caller: Caller,
    permission: Permission,
    sizeBytes: number,
    flags: number,
    limit: number,
  ): SharedSegment<R> | number {
    if (sizeBytes < SHMMIN || sizeBytes > this.#bag.setting('kernel/shmmax')) return -EINVAL;
    const pages = Math.ceil(sizeBytes / PAGE_BYTES);
    const { ids } = this.#state;
    if (this.#state.pages + pages > this.#bag.setting('kernel/shmall')) return -ENOSPC;
    if ((flags & SHM_HUGETLB) !== 0) return -ENOMEM;
    if (ids.count >= limit) return -ENOSPC;
    const changeSeconds = this.#bag.nowSeconds();
    let segment: SharedSegment<R> | undefined;
    const memory = this.#objects.create({
      id: permission.id,
      mapped: (change, pid) => segment && this.#mapped(segment, change, pid),
    });
    segment = {
      permission,
      sizeBytes,
      pages,
      creatorPid: caller.pid,
      memory,
      lastPid: 0,
      isOrphan: false,
      attached: 0,
      attachSeconds: 0,
      detachSeconds: 0,
      changeSeconds,
    };
    this.#state.pages += pages;
    return segment;
  }

  #mapped(segment: SharedSegment<R>, change: 1 | -1, pid: number): void {
    const nowSeconds = this.#bag.nowSeconds();
    segment.attached += change;
    segment.lastPid = pid;
    if (change === 1) segment.attachSeconds = nowSeconds;
    else segment.detachSeconds = nowSeconds;
    if (segment.attached > 0) return;
    if ((segment.permission.mode & SHM_DEST) !== 0 || this.#removesUnused()) this.#destroy(segment);
  }

  /** Source: proc_sys_kernel(5), shm_rmid_forced. */
  #removesUnused(): boolean {
    return this.#bag.setting('kernel/shm_rmid_forced') !== 0;
  }

  /** What a process made outlives it, unless shm_rmid_forced is set. Source: ipc/shm.c, exit_shm. */
  creatorEnded(pid: number): void {
    const removes = this.#removesUnused();
    for (const segment of this.#state.ids.all()) {
      if (segment.creatorPid !== pid) continue;
      segment.isOrphan = true;
      if (removes && segment.attached === 0) this.#destroy(segment);
    }
  }

  /** shm_rmid_forced has been set. Source: ipc/shm.c, shm_destroy_orphaned. */
  removeOrphans(): void {
    for (const segment of this.#state.ids.all()) if (segment.isOrphan && segment.attached === 0) this.#destroy(segment);
  }

  #destroy(segment: SharedSegment<R>): void {
    this.#state.ids.remove(segment);
    this.#state.pages -= segment.pages;
    segment.memory.release();
  }

  /** The segment to be mapped with these rights (May bits), or −errno. */
  attachable(caller: Caller, id: number, wanted: number): SharedSegment<R> | number {
    const segment = this.#state.ids.get(id);
    if (segment === undefined) return -EINVAL;
    const refused = checkAccess(caller, segment.permission, wanted);
    return refused < 0 ? refused : segment;
  }

  /** For IPC_STAT and SHM_STAT: the segment, or −errno. */
  stat(caller: Caller, which: { readonly id: number } | { readonly slot: number; readonly any: 0 | 1 }) {
    const segment = 'id' in which ? this.#state.ids.get(which.id) : this.#state.ids.bySlot(which.slot);
    if (segment === undefined) return -EINVAL;
    if ('any' in which && which.any === 1) return segment;
    const refused = checkAccess(caller, segment.permission, May.Read);
    return refused < 0 ? refused : segment;
  }

  set(caller: Caller, id: number, ownership: Ownership): number {
    const segment = this.#state.ids.get(id);
    if (segment === undefined) return -EINVAL;
    const refused = checkOwner(caller, segment.permission) || validOwnership(ownership);
    if (refused < 0) return refused;
    segment.changeSeconds = this.#bag.nowSeconds();
    setOwnership(segment.permission, ownership);
    return 0;
  }

  /** At once, or with the last detach; until then it can be attached by its id. */
  remove(caller: Caller, id: number): number {
    const segment = this.#state.ids.get(id);
    if (segment === undefined) return -EINVAL;
    const refused = checkOwner(caller, segment.permission);
    if (refused < 0) return refused;
    if (segment.attached === 0) this.#destroy(segment);
    else {
      segment.permission.mode |= SHM_DEST;
      this.#state.ids.forgetKey(segment);
    }
    return 0;
  }

  lock(caller: Caller, id: number, locked: 0 | typeof SHM_LOCKED): number {
    const segment = this.#state.ids.get(id);
    if (segment === undefined) return -EINVAL;
    const { permission } = segment;
    if (!caller.may('lock memory')) {
      if (caller.euid !== permission.uid && caller.euid !== permission.creatorUid) return -EPERM;
      if (locked !== 0 && caller.lockLimitBytes === 0) return -EPERM;
      if (locked !== 0 && segment.sizeBytes > caller.lockLimitBytes) return -ENOMEM;
    }
    permission.mode = (permission.mode & ~SHM_LOCKED) | locked;
    return 0;
  }

  totals(): SharedMemoryTotals {
    let residentBytes = 0;
    for (const { memory } of this.#state.ids.all()) residentBytes += memory.residentBytes;
    const { ids, pages } = this.#state;
    return { used: ids.count, pages, residentPages: residentBytes / PAGE_BYTES, highestSlot: ids.highestSlot };
  }

  all(): Iterable<SharedSegment<R>> {
    return this.#state.ids.all();
  }
}
