/**
 * What lies in the sockets of a machine, as a part of its memory. Each queue has a bound of its own (SO_SNDBUF, SO_RCVBUF); this bounds all of
 * them together. They are looked through once for so many bytes sent and for so many sockets closed, and before anyone is refused or
 * killed: between two looks the sum may be behind by that much.
 */
import { PAGE_SIZE } from '../../cpu/address.ts';
import type { PageBudget } from '../../cpu/memory/page-budget.ts';
import type { Socket } from './socket.ts';

/** At most; of a small budget a part. */
const LOOK_BYTES = 8 * 2 ** 20;
const LOOK_PART = 1 / 32;
/** Closed sockets for a look, at least; of many that are open a half. */
const LOOK_CLOSED = 64;

export class SocketMemory {
  readonly #sockets: ReadonlySet<Socket>;
  readonly #budget: PageBudget;
  readonly #lookBytes: number;
  #sentBytes = 0;
  #closed = 0;
  #countedPages = 0;

  constructor(sockets: ReadonlySet<Socket>, budget: PageBudget) {
    this.#sockets = sockets;
    this.#budget = budget;
    this.#lookBytes = Math.min(LOOK_BYTES, budget.limitPages * PAGE_SIZE * LOOK_PART);
  }

  /** Whether so many bytes more may be sent. */
  admits(bytes: number): boolean {
    this.#sentBytes += bytes;
    if (this.#sentBytes < this.#lookBytes && this.#budget.hasSpareRoom()) return true;
    this.look();
    return this.#budget.hasSpareRoom();
  }

  /** A socket has left the set. */
  closed(): void {
    const open = this.#sockets.size;
    if (open === 0 || ++this.#closed >= Math.max(LOOK_CLOSED, open / 2)) this.look();
  }

  look(): void {
    this.#closed = 0;
    this.#sentBytes = 0;
    let bytes = 0;
    for (const { protocol } of this.#sockets) bytes += protocol.heldBytes;
    const pages = Math.ceil(bytes / PAGE_SIZE);
    this.#budget.take(pages - this.#countedPages);
    this.#countedPages = pages;
  }
}
