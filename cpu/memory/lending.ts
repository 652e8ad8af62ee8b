/**
 * Lazy copies at fork. The content of a lent page stays in place in the lender's arena until the borrower touches the
 * page (it copies it then) or the lender is about to change it (it makes every borrower copy first). Always between the
 * owner of the bytes and the final borrower: lending on a borrowed page names the original lender, so that chains of
 * forks never copy through a memory that does not have the page itself.
 *
 * A lender whose memory is disposed is retired: its arena lives on, unchanged, until the last borrower is done with it.
 */
import type { Arena, ArenaPool } from './arena.ts';

/** The borrowing side, as the lender sees it. */
export interface Borrower {
  /** Takes its own copy of the page now, if it still borrows it from this lender. */
  settlePage(page: number, lender: Lender): void;
}

/** The lending side: one per guest memory. */
export class Lender {
  readonly arena: Arena;
  readonly #pool: ArenaPool;
  readonly #borrowers = new Set<Borrower>();
  #retired = false;

  constructor(arena: Arena, pool: ArenaPool) {
    this.arena = arena;
    this.#pool = pool;
  }

  /** Whether any page may still be lent. */
  get lending(): boolean {
    return this.#borrowers.size > 0;
  }

  /** Before the page changes or goes away. */
  pushOut(page: number): void {
    for (const borrower of this.#borrowers) borrower.settlePage(page, this);
  }

  addBorrower(borrower: Borrower): void {
    this.#borrowers.add(borrower);
  }

  removeBorrower(borrower: Borrower): void {
    this.#borrowers.delete(borrower);
    if (this.#retired && this.#borrowers.size === 0) this.#pool.release(this.arena);
  }

  /** The memory is gone. */
  retire(): void {
    this.#retired = true;
    if (this.#borrowers.size === 0) this.#pool.release(this.arena);
  }
}

/** Who lends which page to one guest memory. Nearly always there is one lender: only the others are kept page by page. */
export class Debts {
  readonly #borrower: Borrower;
  readonly #counts = new Map<Lender, number>();
  readonly #others = new Map<number, Lender>();
  #main: Lender | undefined;

  constructor(borrower: Borrower) {
    this.#borrower = borrower;
  }

  /** Number of distinct lenders. */
  get lenders(): number {
    return this.#counts.size;
  }

  /** Only for pages that are borrowed. */
  lenderOf(page: number): Lender {
    return (this.#others.size > 0 ? this.#others.get(page) : undefined) ?? this.#main!;
  }

  add(page: number, lender: Lender): void {
    this.#main ??= lender;
    if (lender !== this.#main) this.#others.set(page, lender);
    const count = this.#counts.get(lender);
    if (count === undefined) lender.addBorrower(this.#borrower);
    this.#counts.set(lender, (count ?? 0) + 1);
  }

  /** The page is not borrowed any more. */
  settle(page: number): void {
    const lender = this.lenderOf(page);
    this.#others.delete(page);
    const count = this.#counts.get(lender)! - 1;
    if (count > 0) {
      this.#counts.set(lender, count);
      return;
    }
    this.#counts.delete(lender);
    if (lender === this.#main) this.#main = undefined;
    lender.removeBorrower(this.#borrower);
  }

  settleAll(): void {
    const lenders = [...this.#counts.keys()];
    this.#counts.clear();
    this.#others.clear();
    this.#main = undefined;
    for (const lender of lenders) lender.removeBorrower(this.#borrower);
  }
}
