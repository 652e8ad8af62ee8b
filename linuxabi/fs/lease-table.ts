/**
 * Leases: whoever holds one on a file is told before another opens it in a way that conflicts, and has a time to let go of it.
 * Source: fcntl(2), "Leases"; fs/locks.c, __break_lease.
 */
import type { FileNode } from '../../kernel/file-server.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { F_RDLCK, F_UNLCK, F_WRLCK } from '../abi/fcntl.ts';
import type { Description } from './description.ts';

interface Lease {
  readonly description: Description;
  readonly fd: number;
  type: typeof F_RDLCK | typeof F_WRLCK;
  /** What the holder must come down to, and until when. */
  breaking: { readonly target: number; readonly deadlineNs: number } | undefined;
}

export interface LeaseBreak {
  readonly wanted: 'read' | 'write';
  readonly nowNs: number;
  readonly breakTimeNs: number;
  /** Tells a holder that its lease is to be given up. */
  tell(description: Description, fd: number): void;
}

export class LeaseTable {
  /** Woken when a lease is given up or reduced. */
  readonly changed = new WaitQueue();
  readonly #leases = new Map<FileNode, Lease[]>();
  #deadlineNs = 0;

  /** The type of a description's lease, or the one it must come down to. */
  typeOf(description: Description): number {
    const lease = this.#find(description);
    return lease === undefined ? F_UNLCK : (lease.breaking?.target ?? lease.type);
  }

  /** Whether others' leases, or one that is being broken, stand in the way of this type. */
  isRefused(description: Description, type: number): boolean {
    const all = this.#leases.get(description.node!) ?? [];
    return all.some((lease) => {
      if (lease.breaking !== undefined && lease.breaking.target === F_UNLCK) return true;
      return lease.description !== description && (type === F_WRLCK || lease.type === F_WRLCK);
    });
  }

  set(description: Description, fd: number, type: Lease['type']): void {
    const lease = this.#find(description);
    if (lease !== undefined) {
      lease.type = type;
      if (type === F_RDLCK) lease.breaking = undefined;
      this.changed.wake();
      return;
    }
    const node = description.node!;
    this.#leases.set(node, [...(this.#leases.get(node) ?? []), { description, fd, type, breaking: undefined }]);
  }

  /** False when there is none. */
  remove(description: Description): boolean {
    const node = description.node!;
    const all = this.#leases.get(node);
    if (all === undefined || !all.some((lease) => lease.description === description)) return false;
    this.#keep(
      node,
      all.filter((lease) => lease.description !== description),
    );
    return true;
  }

  /** All of them, for listings. */
  *list(): Generator<Readonly<Lease>> {
    for (const leases of this.#leases.values()) yield* leases;
  }

  get isEmpty(): boolean {
    return this.#leases.size === 0;
  }

  /** By when all that is being broken is over. */
  get deadlineNs(): number {
    return this.#deadlineNs;
  }

  /** Starts to break what conflicts with an opening; true when nothing is in the way (any more). */
  breakFor(node: FileNode, { wanted, nowNs, breakTimeNs, tell }: LeaseBreak): boolean {
    this.#endOverdue(node, nowNs);
    let isFree = true;
    const target = wanted === 'write' ? F_UNLCK : F_RDLCK;
    for (const lease of this.#leases.get(node) ?? []) {
      if (wanted === 'read' && lease.type === F_RDLCK) continue;
      const isTold = lease.breaking !== undefined && (wanted === 'read' || lease.breaking.target === F_UNLCK);
      if (!isTold) {
        lease.breaking = { target, deadlineNs: nowNs + breakTimeNs };
        this.#deadlineNs = Math.max(this.#deadlineNs, lease.breaking.deadlineNs);
        tell(lease.description, lease.fd);
      }
      isFree = false;
    }
    return isFree;
  }

  /** Holders who did not answer in time lose what they did not give. */
  #endOverdue(node: FileNode, nowNs: number): void {
    const all = this.#leases.get(node);
    if (all === undefined) return;
    const kept = all.filter(({ breaking }) => !(breaking?.target === F_UNLCK && breaking.deadlineNs <= nowNs));
    for (const lease of kept) {
      if (lease.breaking === undefined || lease.breaking.deadlineNs > nowNs) continue;
      lease.type = F_RDLCK;
      lease.breaking = undefined;
    }
    if (kept.length < all.length) this.#keep(node, kept);
  }

  #keep(node: FileNode, leases: Lease[]): void {
    if (leases.length === 0) this.#leases.delete(node);
    else this.#leases.set(node, leases);
    this.changed.wake();
  }

  #find(description: Description): Lease | undefined {
    const { node } = description;
    return node && this.#leases.get(node)?.find((lease) => lease.description === description);
  }
}
