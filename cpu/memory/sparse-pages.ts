/**
 * Pages that are not in place: above 4 GiB, in the reserved low range, and windows on shared frames anywhere. A two-level table,
 * sparse in both levels, keyed by page number. Private pages here are copied on write after a fork: `sharing` counts
 * the memories that still use the same bytes.
 */
import { PAGE_SIZE } from '../address.ts';
import type { FrameWindow } from './frame-window.ts';
import type { PageBudget } from './page-budget.ts';
import { DIRECT_PAGES } from './page-table.ts';

export interface SparsePage {
  permissions: number;
  /** Of a private page. */
  bytes: Uint8Array;
  /** Set for pages that show a shared frame. */
  readonly window: FrameWindow | undefined;
  sharing: { users: number } | undefined;
}

const LEAF_SHIFT = 9;
const LEAF_PAGES = 1 << LEAF_SHIFT;
/** What a leaf of the table takes itself. */
const LEAF_COST_PAGES = 1;

interface Leaf {
  present: number;
  readonly pages: (SparsePage | undefined)[];
}

export class SparsePages {
  readonly #leaves = new Map<number, Leaf>();
  readonly #budget: PageBudget;
  #high = 0;

  constructor(budget: PageBudget) {
    this.#budget = budget;
  }

  /** Present pages above 4 GiB. */
  get high(): number {
    return this.#high;
  }

  get(page: number): SparsePage | undefined {
    return this.#leaves.get(leafOf(page))?.pages[page % LEAF_PAGES];
  }

  set(page: number, entry: SparsePage): void {
    let leaf = this.#leaves.get(leafOf(page));
    if (leaf === undefined) {
      leaf = { present: 0, pages: Array.from({ length: LEAF_PAGES }, () => undefined) };
      this.#leaves.set(leafOf(page), leaf);
      this.#budget.take(LEAF_COST_PAGES);
    }
    if (leaf.pages[page % LEAF_PAGES] === undefined) {
      leaf.present++;
      if (page >= DIRECT_PAGES) this.#high++;
    }
    leaf.pages[page % LEAF_PAGES] = entry;
  }

  delete(page: number): void {
    const leaf = this.#leaves.get(leafOf(page));
    const entry = leaf?.pages[page % LEAF_PAGES];
    if (leaf === undefined || entry === undefined) return;
    this.#end(entry);
    leaf.pages[page % LEAF_PAGES] = undefined;
    if (page >= DIRECT_PAGES) this.#high--;
    if (--leaf.present > 0) return;
    this.#leaves.delete(leafOf(page));
    this.#budget.giveBack(LEAF_COST_PAGES);
  }

  /** Present pages in [first, end), ascending within a leaf; a copy, so that the walk may change the table. */
  range(first: number, end: number): number[] {
    const found: number[] = [];
    const lastLeaf = leafOf(end - 1);
    if (lastLeaf - leafOf(first) < this.#leaves.size) {
      for (let leaf = leafOf(first); leaf <= lastLeaf; leaf++) this.#collect(leaf, first, end, found);
    } else {
      for (const leaf of this.#leaves.keys()) this.#collect(leaf, first, end, found);
    }
    return found;
  }

  clear(): void {
    for (const leaf of this.#leaves.values()) {
      for (const entry of leaf.pages) if (entry !== undefined) this.#end(entry);
    }
    this.#budget.giveBack(LEAF_COST_PAGES * this.#leaves.size);
    this.#leaves.clear();
    this.#high = 0;
  }

  /** A page of its own, with a copy of `content`. */
  makePrivate(content: Uint8Array | undefined, permissions: number): SparsePage {
    this.#budget.take(1);
    const bytes = new Uint8Array(PAGE_SIZE);
    if (content !== undefined) bytes.set(content);
    return { permissions, bytes, window: undefined, sharing: undefined };
  }

  /** Whether a write would have to copy the page. */
  isShared(page: number): boolean {
    return (this.get(page)?.sharing?.users ?? 0) > 1;
  }

  /** Before a write: ends sharing with other memories. */
  unshare(page: SparsePage): void {
    if (page.sharing === undefined) return;
    if (page.sharing.users > 1) {
      page.sharing.users--;
      page.bytes = page.bytes.slice();
      this.#budget.take(1);
    }
    page.sharing = undefined;
  }

  /** The page shows nothing any more; the last of those who share its bytes gives them back. */
  #end(page: SparsePage): void {
    page.window?.close();
    if (page.window !== undefined) return;
    if (page.sharing === undefined || --page.sharing.users === 0) this.#budget.giveBack(1);
  }

  #collect(index: number, first: number, end: number, found: number[]): void {
    const leaf = this.#leaves.get(index);
    if (leaf === undefined) return;
    const start = index * LEAF_PAGES;
    for (let i = Math.max(0, first - start); i < Math.min(LEAF_PAGES, end - start); i++) {
      if (leaf.pages[i] !== undefined) found.push(start + i);
    }
  }
}

/** The same private content for another memory, until one of the two writes it. */
export function shareSparsePage(page: SparsePage): SparsePage {
  page.sharing ??= { users: 1 };
  page.sharing.users++;
  return { permissions: page.permissions, bytes: page.bytes, window: undefined, sharing: page.sharing };
}

function leafOf(page: number): number {
  return Math.floor(page / LEAF_PAGES);
}
