/**
 * One WebAssembly.Memory as used by one guest memory, and the pool that recycles them. An arena knows which of its pages
 * were ever touched: an untouched page is still zero as the host gave it, so it need not be cleared. Recycling saves the
 * reservation and, more, the host's page faults on first touch.
 */
import { DIRECT_LIMIT } from '../address.ts';
import { STATE_SIZE } from '../state-layout.ts';
import { GuestFault, PERMISSION_TABLE } from './guest-memory.ts';
import { PageBudget } from './page-budget.ts';
import { DIRECT_PAGES, PageTable } from './page-table.ts';

const WASM_PAGE = 0x10000;
/** All of it from the start: that is address space alone, and views stay good. */
const WASM_PAGES = DIRECT_LIMIT / WASM_PAGE;
/** State blocks lie in [STATE_BLOCKS, PERMISSION_TABLE). */
const STATE_BLOCKS = 0x10000;

export class Arena {
  /** Pays for the touched pages while a guest memory uses this one. */
  budget: PageBudget = new PageBudget();
  readonly memory: WebAssembly.Memory;
  readonly table: PageTable;
  /** Views on the whole memory. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly words: Uint32Array;
  /** Pages that were ever made present, one bit each. */
  readonly #touched = new Uint8Array(DIRECT_PAGES / 8);
  #touchedPages = 0;
  readonly #freeStates: number[] = [];
  #nextState = STATE_BLOCKS;

  constructor() {
    this.memory = new WebAssembly.Memory({ initial: WASM_PAGES, maximum: WASM_PAGES, shared: true });
    this.table = new PageTable(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    this.words = new Uint32Array(this.memory.buffer);
  }

  get touchedPages(): number {
    return this.#touchedPages;
  }

  /** Before a page is filled: says that it can no longer be taken for zero, and whether it could be until now. */
  touch(page: number): 'clean' | 'dirty' {
    const bit = 1 << (page & 7);
    const byte = this.#touched[page >> 3]!;
    if (byte & bit) return 'dirty';
    this.#touched[page >> 3] = byte | bit;
    this.#touchedPages++;
    this.budget.take(1);
    return 'clean';
  }

  /** Byte offset of a free CPU state block, zeroed; 0 when all are taken. */
  allocateState(): number {
    let base = this.#freeStates.pop();
    if (base === undefined) {
      if (this.#nextState + STATE_SIZE > PERMISSION_TABLE) return 0;
      base = this.#nextState;
      this.#nextState += STATE_SIZE;
    }
    this.words.fill(0, base / 4, (base + STATE_SIZE) / 4);
    return base;
  }

  freeState(base: number): void {
    this.#freeStates.push(base);
  }

  reset(): void {
    this.table.reset();
    this.#freeStates.length = 0;
    this.#nextState = STATE_BLOCKS;
  }
}

/** What an address space costs the host before it has a page: its part of the permission table, state blocks, code found in it. */
const ARENA_PAGES = 128;
/** An arena with more of a budget's pages than this part is not kept: whoever gets it next pays for all of them. */
const KEPT_PART = 1 / 64;
/** Pages of arenas given up before the host is asked to collect them: a part of the budget, and at least 64 MiB. */
const LEAST_GARBAGE_PAGES = 0x4000;
const GARBAGE_PART = 1 / 4;
/** Bounds of what the pool keeps: arenas, and resident pages in all of them together. */
const MAX_POOLED = 32;
const MAX_POOLED_PAGES = 8192;

export class ArenaPool {
  /** One for all memories of the pool: making an Error costs more than a fork should. Valid until the next refusal. */
  readonly fault = new GuestFault('guest memory fault');
  readonly #free: Arena[] = [];
  #pages = 0;
  /** In arenas that nobody uses any more and the host has not taken back, as far as is known. */
  #garbagePages = 0;
  readonly #collected = new FinalizationRegistry<number>((pages) => {
    this.#garbagePages = Math.max(0, this.#garbagePages - pages);
  });
  /** Takes back at once what is garbage. JavaScript engines do not count what WebAssembly memories hold, so they may let gigabytes wait. */
  readonly #collect: () => void;

  constructor(collect: () => void = () => undefined) {
    this.#collect = collect;
  }

  acquire(budget: PageBudget): Arena {
    this.#collectGarbage(budget);
    const arena = this.#free.pop() ?? new Arena();
    this.#pages -= arena.touchedPages;
    budget.take(ARENA_PAGES + arena.touchedPages);
    arena.budget = budget;
    return arena;
  }

  release(arena: Arena): void {
    const { budget, touchedPages } = arena;
    budget.giveBack(ARENA_PAGES + touchedPages);
    if (!this.#keeps(arena)) {
      this.#giveUp(arena);
      return;
    }
    arena.reset();
    this.#pages += arena.touchedPages;
    this.#free.push(arena);
  }

  #keeps({ budget, touchedPages }: Arena): boolean {
    if (this.#free.length >= MAX_POOLED || this.#pages + touchedPages > MAX_POOLED_PAGES) return false;
    return touchedPages <= budget.limitPages * KEPT_PART;
  }

  #giveUp({ memory, touchedPages }: Arena): void {
    this.#garbagePages += touchedPages;
    this.#collected.register(memory, touchedPages);
  }

  /** Before more memory is asked for; who has just given one up may still have it in hand then. */
  #collectGarbage({ limitPages }: PageBudget): void {
    if (this.#garbagePages <= Math.max(LEAST_GARBAGE_PAGES, limitPages * GARBAGE_PART)) return;
    this.#garbagePages = 0;
    this.#collect();
  }

  get size(): number {
    return this.#free.length;
  }
}
