/**
 * The pages of one guest memory: where each page is (page-table.ts, sparse-pages.ts), how it comes and goes, what must
 * happen before it changes (lending.ts, code noticed by the engines), and `locate`, through which every access that does
 * not go in place finds its bytes. paged-memory.ts puts the checked accesses on top.
 *
 * Protocol for writes: a page's fast Write permission is missing while somebody must be told before it changes. `ready`
 * tells them and gives the permission back, so the next write goes in place.
 */
import { Breakpoints } from '../breakpoints.ts';
import { DIRECT_LIMIT, PAGE_SHIFT, PAGE_SIZE, USER_LIMIT } from '../address.ts';
import type { GuestAddress } from '../address.ts';
import type { Arena, ArenaPool } from './arena.ts';
import type { Frame } from './frame.ts';
import { FrameWindow } from './frame-window.ts';
import { Access, CODE_AREA, FaultOutcome, Permission, RESERVED_LIMIT } from './guest-memory.ts';
import type { FaultHandler, MemoryObserver } from './guest-memory.ts';
import { Debts, Lender } from './lending.ts';
import type { Borrower } from './lending.ts';
import { PageBudget } from './page-budget.ts';
import { DIRECT_PAGES, PageKind, givenOf, kindOf } from './page-table.ts';
import { SparsePages, shareSparsePage } from './sparse-pages.ts';
import type { SparsePage } from './sparse-pages.ts';

/** Pages in between can be in place. */
const FIRST_OWN_PAGE = RESERVED_LIMIT / PAGE_SIZE;
const END_OF_OWN_PAGES = CODE_AREA / PAGE_SIZE;
const NO_BYTES = new Uint8Array(0);
const ALL = Permission.Read | Permission.Write | Permission.Execute;
/** Past this many lenders a memory copies what it borrows before it lends it on: bounds the arenas it keeps alive. */
const MAX_LENDERS = 8;
/** A fault handler that says Resolved this often without resolving is broken. */
const MAX_FAULT_ROUNDS = 8;

export class PageStore implements Borrower {
  readonly arena: Arena;
  /** Where `locate` found the page: its bytes are bytes[offset, offset + PAGE_SIZE). */
  protected bytes: Uint8Array;
  protected offset = 0;
  pagesCopied = 0;
  /** A fault was ResolvedLate, and no Cpu has left for it yet. */
  protected late = false;
  readonly #lender: Lender;
  readonly #sparse: SparsePages;
  readonly #debts: Debts = new Debts(this);
  readonly #codePages = new Set<number>();
  readonly breakpoints = new Breakpoints((page) => this.#dropCode(page));
  readonly #observers: MemoryObserver[] = [];
  #handler: FaultHandler = () => FaultOutcome.Unmapped;
  /** The memory this one was lent its first page from. */
  #origin: PageStore | undefined;
  #disposed = false;

  constructor(pool: ArenaPool, budget = new PageBudget()) {
    this.arena = pool.acquire(budget);
    this.#sparse = new SparsePages(budget);
    this.bytes = this.arena.bytes;
    this.#lender = new Lender(this.arena, pool);
  }

  get wasm(): WebAssembly.Memory {
    return this.arena.memory;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  setFaultHandler(handler: FaultHandler): void {
    this.#handler = handler;
  }

  observe(observer: MemoryObserver): void {
    this.#observers.push(observer);
  }

  // --- mapping ------------------------------------------------------------------------------------------------------
  mapZero(address: GuestAddress, pages: number, permissions: number): void {
    const first = this.#checkRange(address, pages);
    this.#removeRange(first, first + pages);
    for (let page = first; page < first + pages; page++) this.#place(page, undefined, asHardware(permissions));
    this.#mappingChanged(address, pages);
  }

  mapCopy(address: GuestAddress, content: Uint8Array, permissions: number): void {
    const page = this.#checkRange(address, 1);
    this.#remove(page);
    this.#place(page, content, asHardware(permissions));
    this.#mappingChanged(address, 1);
  }

  mapFrame(address: GuestAddress, frame: Frame, permissions: number): void {
    const page = this.#checkRange(address, 1);
    this.#remove(page);
    this.#placeWindow(page, frame, asHardware(permissions));
    this.#mappingChanged(address, 1);
  }

  unmap(address: GuestAddress, pages: number): void {
    const first = this.#checkRange(address, pages);
    this.#removeRange(first, first + pages);
    this.#mappingChanged(address, pages);
  }

  protect(address: GuestAddress, pages: number, permissions: number): void {
    const first = this.#checkRange(address, pages);
    const given = asHardware(permissions);
    const { table } = this.arena;
    const directEnd = Math.min(first + pages, DIRECT_PAGES);
    for (let page = table.next(first, directEnd); page < directEnd; page = table.next(page + 1, directEnd)) {
      const kind = kindOf(table.entries[page]!);
      if (!(given & Permission.Execute)) this.#dropCode(page);
      table.set(page, kind, given, kind === PageKind.Private ? this.#fastOf(page, given) : 0);
    }
    for (const page of this.#sparse.range(first, first + pages)) {
      if (!(given & Permission.Execute)) this.#dropCode(page);
      this.#sparse.get(page)!.permissions = given;
    }
    this.#mappingChanged(address, pages);
  }

  protected lendPages(to: PageStore, address: GuestAddress, pages: number): void {
    const first = this.#checkRange(address, pages);
    to.#removeRange(first, first + pages);
    to.#origin ??= this;
    const { table } = this.arena;
    const directEnd = Math.min(first + pages, DIRECT_PAGES);
    for (let page = table.next(first, directEnd); page < directEnd; page = table.next(page + 1, directEnd)) {
      const entry = table.entries[page]!;
      const kind = kindOf(entry);
      if (kind === PageKind.Elsewhere) continue;
      if (kind === PageKind.Borrowed && to.#debts.lenders >= MAX_LENDERS) this.#takeOwn(page);
      const own = kindOf(table.entries[page]!) === PageKind.Private;
      if (own) table.restrict(page, Permission.Write);
      to.arena.table.set(page, PageKind.Borrowed, givenOf(entry), 0);
      to.#debts.add(page, own ? this.#lender : this.#debts.lenderOf(page));
    }
    for (const page of this.#sparse.range(first, first + pages)) {
      const entry = this.#sparse.get(page)!;
      if (entry.window === undefined) to.#placeSparse(page, shareSparsePage(entry));
      else to.#placeWindow(page, entry.window.frame, entry.permissions);
    }
    to.#mappingChanged(address, pages);
    this.#accessWithdrawn(address, pages);
  }

  isPresent(address: GuestAddress): boolean {
    const page = pageNumber(address);
    if (page < DIRECT_PAGES) return this.arena.table.entries[page] !== 0;
    return this.#sparse.get(page) !== undefined;
  }

  pageBytes(address: GuestAddress, access: Access = Access.Write): Uint8Array | undefined {
    if (!this.isPresent(address)) return undefined;
    this.#ready(pageNumber(address), access);
    return this.bytes.subarray(this.offset, this.offset + PAGE_SIZE);
  }

  /** The permissions the kernel gave a present page; undefined when absent. */
  permissionsOf(address: GuestAddress): number | undefined {
    const page = pageNumber(address);
    if (!this.isPresent(address)) return undefined;
    return this.#given(page);
  }

  presentPages(): number {
    return this.arena.table.present + this.#sparse.high;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#origin = undefined;
    this.#debts.settleAll();
    this.#sparse.clear();
    this.#codePages.clear();
    this.arena.table.reset();
    this.#lender.retire();
  }

  // --- for engines --------------------------------------------------------------------------------------------------
  /** Code was decoded from this page: observers will be told before it changes. Uncacheable: they could not be. */
  markCode(address: GuestAddress): 'marked' | 'uncacheable' {
    const page = pageNumber(address);
    if (this.#sparse.get(page)?.window !== undefined) return 'uncacheable';
    this.#codePages.add(page);
    if (page < DIRECT_PAGES) this.arena.table.restrict(page, Permission.Write);
    this.#accessWithdrawn((page * PAGE_SIZE) as GuestAddress, 1);
    return 'marked';
  }

  get codePages(): ReadonlySet<number> {
    return this.#codePages;
  }

  /**
   * After a fork: the memory whose decoded code holds here too, because every page it was decoded from is still lent and
   * so the same. Those pages are then marked as code here. Undefined when there is none or some page differs.
   */
  inheritCode(): PageStore | undefined {
    const origin = this.#origin;
    this.#origin = undefined;
    if (origin === undefined || origin.#disposed) return undefined;
    for (const page of origin.#codePages) if (!this.#sharesCode(page, origin)) return undefined;
    for (const page of origin.#codePages) this.#codePages.add(page);
    return origin;
  }

  // --- access -------------------------------------------------------------------------------------------------------
  /** Finds the bytes of a page for an access, asking the fault handler as needed; the result is in `bytes`, `offset`. */
  protected locate(page: number, access: Access): FaultOutcome {
    for (let round = 0; round < MAX_FAULT_ROUNDS; round++) {
      if (this.find(page, access)) return FaultOutcome.Resolved;
      const outcome = this.#handler((page * PAGE_SIZE) as GuestAddress, access);
      if (outcome === FaultOutcome.ResolvedLate) this.late = true;
      else if (outcome !== FaultOutcome.Resolved) return outcome;
    }
    throw new Error(`fault handler did not resolve page ${page.toString(16)}, access ${access}`);
  }

  /** As locate, without the fault handler: false when the page is absent or refuses, or has to be copied and there is no room. */
  protected find(page: number, access: Access): boolean {
    if (page < DIRECT_PAGES && this.arena.table.entries[page]! & access) {
      this.bytes = this.arena.bytes;
      this.offset = page * PAGE_SIZE;
      return true;
    }
    if (!(this.#given(page) & access) || !this.#mayReady(page, access)) return false;
    this.#ready(page, access);
    return true;
  }

  /** Borrower: the lender is about to change the page. */
  settlePage(page: number, lender: Lender): void {
    if (kindOf(this.arena.table.entries[page]!) !== PageKind.Borrowed) return;
    if (this.#debts.lenderOf(page) === lender) this.#takeOwn(page);
  }

  #given(page: number): number {
    const entry = page < DIRECT_PAGES ? this.arena.table.entries[page]! : 0;
    if (entry !== 0) return givenOf(entry);
    return this.#sparse.get(page)?.permissions ?? 0;
  }

  /** Whether there is room for the copies that the access would make. */
  #mayReady(page: number, access: Access): boolean {
    if (this.arena.budget.hasRoom()) return true;
    const kind = page < DIRECT_PAGES ? kindOf(this.arena.table.entries[page]!) : PageKind.Elsewhere;
    if (kind === PageKind.Borrowed) return access === Access.Execute;
    if (!(access & Access.Write)) return true;
    return kind === PageKind.Private ? !this.#lender.lending : !this.#sparse.isShared(page);
  }

  /** Makes a present page fit for the access (its permissions are the caller's business) and finds its bytes. */
  #ready(page: number, access: Access): void {
    const kind = page < DIRECT_PAGES ? kindOf(this.arena.table.entries[page]!) : PageKind.Elsewhere;
    if (access & Access.Write) this.#dropCode(page);
    if (kind === PageKind.Elsewhere) {
      this.#readySparse(page, this.#sparse.get(page)!, access);
      return;
    }
    this.offset = page * PAGE_SIZE;
    if (kind === PageKind.Borrowed && access === Access.Execute) {
      // Decoding reads the lender's bytes: most pages of a program are executed, never read as data, so never copied.
      this.bytes = this.#debts.lenderOf(page).arena.bytes;
      return;
    }
    if (kind === PageKind.Borrowed) {
      this.#takeOwn(page);
      this.pagesCopied++;
    } else if (access & Access.Write) this.#makeWritable(page);
    this.bytes = this.arena.bytes;
  }

  #readySparse(page: number, entry: SparsePage, access: Access): void {
    const { window } = entry;
    this.offset = 0;
    if (window === undefined) {
      if (access & Access.Write) this.#sparse.unshare(entry);
      this.bytes = entry.bytes;
    } else if (page >= FIRST_OWN_PAGE && page < END_OF_OWN_PAGES) {
      window.open(access);
      this.bytes = this.arena.bytes;
      this.offset = page * PAGE_SIZE;
    } else {
      this.bytes = access & Access.Write ? window.frame.forWriting() : window.frame.forReading();
    }
  }

  #makeWritable(page: number): void {
    const { table } = this.arena;
    const entry = table.entries[page]!;
    if (this.#lender.lending) {
      this.#lender.pushOut(page);
      this.pagesCopied++;
    }
    table.set(page, PageKind.Private, givenOf(entry), givenOf(entry));
  }

  /** Copies a borrowed page: from now on it is in place here. */
  #takeOwn(page: number): void {
    const { arena } = this;
    const given = givenOf(arena.table.entries[page]!);
    const from = page * PAGE_SIZE;
    arena.touch(page);
    arena.bytes.set(this.#debts.lenderOf(page).arena.bytes.subarray(from, from + PAGE_SIZE), from);
    this.#debts.settle(page);
    const fast = this.#codePages.has(page) ? given & ~Permission.Write : given;
    arena.table.set(page, PageKind.Private, given, fast);
  }

  #place(page: number, content: Uint8Array | undefined, given: number): void {
    if (page < FIRST_OWN_PAGE || page >= END_OF_OWN_PAGES) {
      this.#placeSparse(page, this.#sparse.makePrivate(content, given));
      return;
    }
    const { arena } = this;
    const start = page * PAGE_SIZE;
    const state = arena.touch(page);
    if (content !== undefined) arena.bytes.set(content, start);
    if (state === 'dirty') arena.bytes.fill(0, start + (content?.length ?? 0), start + PAGE_SIZE);
    arena.table.set(page, PageKind.Private, given, given);
  }

  #placeWindow(page: number, frame: Frame, permissions: number): void {
    const withdrawn = (at: number): void => this.#accessWithdrawn((at * PAGE_SIZE) as GuestAddress, 1);
    const window = new FrameWindow(frame, this.arena, page, withdrawn);
    this.#placeSparse(page, { permissions, bytes: NO_BYTES, window, sharing: undefined });
  }

  #placeSparse(page: number, entry: SparsePage): void {
    this.#sparse.set(page, entry);
    if (page < DIRECT_PAGES) this.arena.table.set(page, PageKind.Elsewhere, entry.permissions, 0);
  }

  #removeRange(first: number, end: number): void {
    const { table } = this.arena;
    const directEnd = Math.min(end, DIRECT_PAGES);
    for (let page = table.next(first, directEnd); page < directEnd; page = table.next(page + 1, directEnd)) {
      this.#remove(page);
    }
    if (end > DIRECT_PAGES) for (const page of this.#sparse.range(first, end)) this.#remove(page);
  }

  #remove(page: number): void {
    this.#dropCode(page);
    if (page >= DIRECT_PAGES) {
      this.#sparse.delete(page);
      return;
    }
    const kind = kindOf(this.arena.table.entries[page]!);
    if (kind === PageKind.Private && this.#lender.lending) this.#lender.pushOut(page);
    if (kind === PageKind.Borrowed) this.#debts.settle(page);
    if (kind === PageKind.Elsewhere) this.#sparse.delete(page);
    this.arena.table.clear(page);
  }

  /** What a page of our own allows in place at once. Write is withheld while it might be lent or holds decoded code. */
  #fastOf(page: number, given: number): number {
    return this.#lender.lending || this.#codePages.has(page) ? given & ~Permission.Write : given;
  }

  #sharesCode(page: number, origin: PageStore): boolean {
    if (page >= DIRECT_PAGES) return false;
    const entry = this.arena.table.entries[page]!;
    const theirs = origin.arena.table.entries[page]!;
    if (kindOf(entry) !== PageKind.Borrowed || !(givenOf(entry) & Permission.Execute)) return false;
    const lender = kindOf(theirs) === PageKind.Borrowed ? origin.#debts.lenderOf(page) : origin.#lender;
    return this.#debts.lenderOf(page) === lender;
  }

  #dropCode(page: number): void {
    if (!this.#codePages.delete(page)) return;
    for (const observer of this.#observers) observer.codeChanged((page * PAGE_SIZE) as GuestAddress);
  }

  #mappingChanged(address: GuestAddress, pages: number): void {
    for (const observer of this.#observers) observer.mappingChanged(address, pages);
  }

  #accessWithdrawn(address: GuestAddress, pages: number): void {
    for (const observer of this.#observers) observer.accessWithdrawn?.(address, pages);
  }

  #checkRange(address: GuestAddress, pages: number): number {
    if (address % PAGE_SIZE !== 0 || address < 0 || address + pages * PAGE_SIZE > USER_LIMIT || pages < 0) {
      throw new RangeError(`bad page range ${address.toString(16)}, ${pages} pages`);
    }
    return pageNumber(address);
  }
}

/** As x86 page tables can say it: whatever is present and usable at all is readable. */
function asHardware(permissions: number): number {
  const given = permissions & ALL;
  return given === 0 ? 0 : given | Permission.Read;
}

function pageNumber(address: number): number {
  return address < DIRECT_LIMIT ? address >>> PAGE_SHIFT : Math.floor(address / PAGE_SIZE);
}
