/**
 * Identifiers, keys and permissions that the three kinds of System V objects have in common. An id is a slot and, above it, how
 * often the slots have come round, so that a stale id is noticed. Source: sysvipc(7); ipc/util.c.
 */
import { EACCES, EEXIST, EINVAL, ENOENT, ENOSPC, EPERM } from '../linuxabi/abi/errno.ts';
import { IPC_CREAT, IPC_EXCL, IPC_PRIVATE, IPCMNI } from '../linuxabi/abi/ipc.ts';
import type { Caller, Meter } from './capabilities.ts';

export const PERMISSION_BITS = 0o777;
/** What an operation asks for. */
export const May = { Read: 0o444, Write: 0o222, Execute: 0o111 } as const;

export interface Permission {
  key: number;
  id: number;
  uid: number;
  gid: number;
  readonly creatorUid: number;
  readonly creatorGid: number;
  /** Permission bits, and flags above them. */
  mode: number;
  readonly sequence: number;
}

export interface IpcObject {
  readonly permission: Permission;
  changeSeconds: number;
}

/** New owner and permissions, as IPC_SET takes them. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** Slots are given out in turn within this many, or half more than are in use. Source: ipc/util.h, ipc_min_cycle. */
const LEAST_CYCLE = 64;
const SEQUENCE_LIMIT = Math.floor((2 ** 31 - 1) / IPCMNI);

export class IdTable<T extends IpcObject> {
  readonly #slots = new Map<number, T>();
  readonly #byKey = new Map<number, T>();
  readonly #meter: Meter;
  #lastSlot = -1;
  #sequence = 0;

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  get count(): number {
    return this.#slots.size;
  }

  /** The highest slot in use, 0 when there is none. Source: shmctl(2), IPC_INFO. */
  get highestSlot(): number {
    let highest = 0;
    for (const slot of this.#slots.keys()) highest = Math.max(highest, slot);
    return highest;
  }

  /** In the order of their slots. */
  *all(): Iterable<T> {
    for (const [, object] of [...this.#slots].toSorted(([a], [b]) => a - b)) {
      this.#meter.spend(1);
      yield object;
    }
  }

  get(id: number): T | undefined {
    const object = id < 0 ? undefined : this.#slots.get(id % IPCMNI);
    return object?.permission.id === id ? object : undefined;
  }

  bySlot(slot: number): T | undefined {
    return this.#slots.get(slot % IPCMNI);
  }

  /** The id for a key: an existing object's, or that of a new one. */
  obtain(
    caller: Caller,
    request: { readonly key: number; readonly flags: number; readonly limit: number },
    existing: (object: T) => number,
    make: (permission: Permission) => T | number,
  ): number {
    const { key, flags, limit } = request;
    const found = key === IPC_PRIVATE ? undefined : this.#byKey.get(key);
    if (found !== undefined) {
      if ((flags & IPC_CREAT) !== 0 && (flags & IPC_EXCL) !== 0) return -EEXIST;
      const refused = existing(found) || checkAccess(caller, found.permission, flags & PERMISSION_BITS);
      return refused < 0 ? refused : found.permission.id;
    }
    if (key !== IPC_PRIVATE && (flags & IPC_CREAT) === 0) return -ENOENT;
    return this.#add(caller, key, flags, limit, make);
  }

  #add(
    caller: Caller,
    key: number,
    flags: number,
    limit: number,
    make: (permission: Permission) => T | number,
  ): number {
    const slot = this.#slots.size >= limit ? undefined : this.#freeSlot();
    // A request that could never be met is told so before a full table is.
    const sequence = this.#sequence + (slot !== undefined && slot <= this.#lastSlot ? 1 : 0);
    const turn = sequence >= SEQUENCE_LIMIT ? 0 : sequence;
    const made = make({
      key,
      id: turn * IPCMNI + (slot ?? 0),
      uid: caller.euid,
      gid: caller.egid,
      creatorUid: caller.euid,
      creatorGid: caller.egid,
      mode: flags & PERMISSION_BITS,
      sequence: turn,
    });
    if (typeof made === 'number') return made;
    if (slot === undefined) return -ENOSPC;
    this.#sequence = turn;
    this.#lastSlot = slot;
    this.#slots.set(slot, made);
    if (key !== IPC_PRIVATE) this.#byKey.set(key, made);
    return made.permission.id;
  }

  #freeSlot(): number | undefined {
    const cycle = Math.min(IPCMNI, Math.max(LEAST_CYCLE, Math.floor((this.#slots.size * 3) / 2)));
    let candidate = this.#lastSlot;
    for (const _ of this.#meter.rounds()) {
      candidate = candidate + 1 >= cycle ? 0 : candidate + 1;
      if (!this.#slots.has(candidate)) return candidate;
    }
    return undefined;
  }

  remove(object: T): void {
    this.forgetKey(object);
    this.#slots.delete(object.permission.id % IPCMNI);
  }

  /** Nobody finds it by its key any more. */
  forgetKey({ permission }: T): void {
    this.#byKey.delete(permission.key);
    permission.key = IPC_PRIVATE;
  }
}

/** 0 or −EACCES. `wanted`: May bits, or a mode of which any triple counts. Source: ipc/util.c, ipcperms. */
export function checkAccess(caller: Caller, permission: Permission, wanted: number): number {
  const requested = (wanted >> 6) | (wanted >> 3) | wanted;
  const { uid, gid, creatorUid, creatorGid, mode } = permission;
  let granted = mode;
  if (caller.euid === creatorUid || caller.euid === uid) granted >>= 6;
  else if (caller.inGroup(creatorGid) || caller.inGroup(gid)) granted >>= 3;
  if ((requested & ~granted & 0o7) === 0) return 0;
  return caller.may('own any') ? 0 : -EACCES;
}

/** Who may remove or change it: owner, creator, administrator. 0 or −EPERM. Source: ipc/util.c, ipcctl_obtain_check. */
export function checkOwner(caller: Caller, { uid, creatorUid }: Permission): number {
  if (caller.euid === creatorUid || caller.euid === uid || caller.may('administer')) return 0;
  return -EPERM;
}

export function setOwnership(permission: Permission, { uid, gid, mode }: Ownership): void {
  permission.uid = uid;
  permission.gid = gid;
  permission.mode = (permission.mode & ~PERMISSION_BITS) | (mode & PERMISSION_BITS);
}

/** Ids of −1 are nobody's. Source: ipc/util.c, ipc_update_perm. */
export function validOwnership({ uid, gid }: Ownership): number {
  return uid === 0xffffffff || gid === 0xffffffff ? -EINVAL : 0;
}
