/**
 * Guest memory over the page store: the kernel's checked accesses, and the slow path of generated code.
 *
 * Slow path protocol: generated code calls slowLoad, slowStore or slowProbe when its in-place check fails, with its
 * state block; the data goes through State.scratch of that block. The answer is a SlowResult. On Trap the trap fields
 * of the state are set and nothing has changed.
 */
import { DIRECT_LIMIT, PAGE_SHIFT, PAGE_SIZE, USER_LIMIT } from '../address.ts';
import type { GuestAddress } from '../address.ts';
import { NOT_CANONICAL, Trap } from '../engine.ts';
import { State } from '../state-layout.ts';
import type { ArenaPool } from './arena.ts';
import { Access, FaultOutcome } from './guest-memory.ts';
import type { GuestFault, GuestMemory } from './guest-memory.ts';
import type { PageBudget } from './page-budget.ts';
import { PageStore } from './page-store.ts';

export const SlowResult = {
  Done: 0,
  /** A fault; the trap fields say which. */
  Trap: 1,
  /** Done, and decoded code was dropped: finish this instruction, then leave to the dispatcher. */
  CodeChanged: 2,
} as const;
export type SlowResult = (typeof SlowResult)[keyof typeof SlowResult];

/** High words of non-canonical addresses. */
const CANONICAL_LOW_END = 0x8000;
const CANONICAL_HIGH_START = 0xffff8000;
const MASK = PAGE_SIZE - 1;
/** Up to here a loop is quicker than a call that copies. */
const FEW_BYTES = 32;

export class PagedMemory extends PageStore implements GuestMemory {
  readonly fault: GuestFault;
  readonly #table: Uint8Array;
  readonly #gathered = new DataView(new ArrayBuffer(8));
  readonly #gatheredBytes = new Uint8Array(this.#gathered.buffer);
  #codeDrops = 0;

  constructor(pool: ArenaPool, budget?: PageBudget) {
    super(pool, budget);
    this.fault = pool.fault;
    this.#table = this.arena.table.entries;
    this.observe({
      mappingChanged: () => {},
      codeChanged: () => {
        this.#codeDrops++;
      },
    });
  }

  lend(child: GuestMemory, address: GuestAddress, pages: number): void {
    if (!(child instanceof PagedMemory)) throw new TypeError('can lend only to a memory of the same kind');
    this.lendPages(child, address, pages);
  }

  // --- bulk ---------------------------------------------------------------------------------------------------------
  read(address: GuestAddress, into: Uint8Array): number {
    return this.#transfer(address, into, Access.Read);
  }

  write(address: GuestAddress, from: Uint8Array): number {
    return this.#transfer(address, from, Access.Write);
  }

  /** Code bytes at an address, for the decoder: as read, with execute permission. */
  fetch(address: GuestAddress, into: Uint8Array): number {
    return this.#transfer(address, into, Access.Execute);
  }

  probe(address: GuestAddress, length: number, access: Access): FaultOutcome {
    for (let done = 0; done < length;) {
      const at = address + done;
      if (this.#locateChecked(at, access) !== FaultOutcome.Resolved) return this.fault.outcome;
      done += PAGE_SIZE - (at % PAGE_SIZE);
    }
    return FaultOutcome.Resolved;
  }

  #transfer(address: number, data: Uint8Array, access: Access): number {
    const inPage = address & MASK;
    // Nearly always it is one page, and few bytes.
    if (inPage + data.length <= PAGE_SIZE) return this.#transferInPage(address, inPage, data, access);
    let done = 0;
    while (done < data.length) {
      const at = address + done;
      const count = Math.min(PAGE_SIZE - (at & MASK), data.length - done);
      if (this.#transferInPage(at, at & MASK, data.subarray(done, done + count), access) < count) return done;
      done += count;
    }
    return done;
  }

  #transferInPage(address: number, inPage: number, data: Uint8Array, access: Access): number {
    const { length } = data;
    if (length === 0 || this.#locateChecked(address, access) !== FaultOutcome.Resolved) return 0;
    const { bytes } = this;
    const start = this.offset + inPage;
    if (length <= FEW_BYTES) {
      if (access === Access.Write) for (let i = 0; i < length; i++) bytes[start + i] = data[i]!;
      else for (let i = 0; i < length; i++) data[i] = bytes[start + i]!;
    } else if (access === Access.Write) bytes.set(data, start);
    else data.set(bytes.subarray(start, start + length));
    return length;
  }

  /** Locates the page of an address that may be anything at all; notes a refusal in `fault`. */
  #locateChecked(address: number, access: Access): FaultOutcome {
    let outcome: FaultOutcome = FaultOutcome.Unmapped;
    if (address >= 0 && address < USER_LIMIT) outcome = this.locate(Math.floor(address / PAGE_SIZE), access);
    if (outcome !== FaultOutcome.Resolved) {
      this.fault.address = address;
      this.fault.outcome = outcome;
    }
    return outcome;
  }

  // --- scalars ------------------------------------------------------------------------------------------------------
  /** Whether the access lies within one page that allows it in place. */
  #inPlace(address: number, size: number, access: Access): boolean {
    if (!(address >= 0 && address < DIRECT_LIMIT) || (address & MASK) + size > PAGE_SIZE) return false;
    return (this.#table[address >>> PAGE_SHIFT]! & access) !== 0;
  }

  #gather(address: number, size: number): DataView {
    if (this.#transfer(address, this.#gatheredBytes.subarray(0, size), Access.Read) < size) throw this.fault;
    return this.#gathered;
  }

  #scatter(address: number, size: number): void {
    // Both pages first: a refused scalar write changes nothing.
    if (this.probe(address as GuestAddress, size, Access.Write) !== FaultOutcome.Resolved) throw this.fault;
    this.#transfer(address, this.#gatheredBytes.subarray(0, size), Access.Write);
  }

  readU8(address: GuestAddress): number {
    if (this.#inPlace(address, 1, Access.Read)) return this.arena.view.getUint8(address);
    return this.#gather(address, 1).getUint8(0);
  }

  readU16(address: GuestAddress): number {
    if (this.#inPlace(address, 2, Access.Read)) return this.arena.view.getUint16(address, true);
    return this.#gather(address, 2).getUint16(0, true);
  }

  readU32(address: GuestAddress): number {
    if (this.#inPlace(address, 4, Access.Read)) return this.arena.view.getUint32(address, true);
    return this.#gather(address, 4).getUint32(0, true);
  }

  readI32(address: GuestAddress): number {
    return this.readU32(address) | 0;
  }

  readU64(address: GuestAddress): bigint {
    if (this.#inPlace(address, 8, Access.Read)) return this.arena.view.getBigUint64(address, true);
    return this.#gather(address, 8).getBigUint64(0, true);
  }

  writeU8(address: GuestAddress, value: number): void {
    if (this.#inPlace(address, 1, Access.Write)) return this.arena.view.setUint8(address, value);
    this.#gathered.setUint8(0, value);
    this.#scatter(address, 1);
  }

  writeU16(address: GuestAddress, value: number): void {
    if (this.#inPlace(address, 2, Access.Write)) return this.arena.view.setUint16(address, value, true);
    this.#gathered.setUint16(0, value, true);
    this.#scatter(address, 2);
  }

  writeU32(address: GuestAddress, value: number): void {
    if (this.#inPlace(address, 4, Access.Write)) return this.arena.view.setUint32(address, value, true);
    this.#gathered.setUint32(0, value, true);
    this.#scatter(address, 4);
  }

  writeU64(address: GuestAddress, value: bigint): void {
    if (this.#inPlace(address, 8, Access.Write)) return this.arena.view.setBigUint64(address, value, true);
    this.#gathered.setBigUint64(0, value, true);
    this.#scatter(address, 8);
  }

  // --- slow path of generated code ----------------------------------------------------------------------------------
  /** Loads `size` bytes (at most 64) at high:low into State.scratch of the state block. */
  slowLoad(state: number, low: number, high: number, size: number): SlowResult {
    const address = this.#prepare(state, low, high, size, Access.Read);
    if (address < 0) return SlowResult.Trap;
    this.#move(state + State.scratch, address, size, Access.Read);
    return SlowResult.Done;
  }

  /** Stores `size` bytes from State.scratch. */
  slowStore(state: number, low: number, high: number, size: number): SlowResult {
    const drops = this.#codeDrops;
    const address = this.#prepare(state, low, high, size, Access.Write);
    if (address < 0) return SlowResult.Trap;
    this.#move(state + State.scratch, address, size, Access.Write);
    return drops === this.#codeDrops ? SlowResult.Done : SlowResult.CodeChanged;
  }

  /** Makes a later store of this size succeed, or traps: for instructions that must not change anything before a fault. */
  slowProbe(state: number, low: number, high: number, size: number): SlowResult {
    const drops = this.#codeDrops;
    if (this.#prepare(state, low, high, size, Access.Write) < 0) return SlowResult.Trap;
    return drops === this.#codeDrops ? SlowResult.Done : SlowResult.CodeChanged;
  }

  /** Resolves every page of the access before any byte moves; the address, or −1 with the trap fields set. */
  #prepare(state: number, low: number, high: number, size: number, access: Access): number {
    low >>>= 0;
    high >>>= 0;
    const address = high * DIRECT_LIMIT + low;
    if (high >= CANONICAL_LOW_END) {
      if (high < CANONICAL_HIGH_START) return this.#notCanonical(state);
      return this.#pageFault(state, low, high, access, FaultOutcome.Unmapped);
    }
    if (address + size > USER_LIMIT) return this.#notCanonical(state);
    const first = Math.floor(address / PAGE_SIZE);
    const last = Math.floor((address + size - 1) / PAGE_SIZE);
    // Resolving the second page can in principle evict the first, so both must be there in the same round.
    do {
      const outcome = this.locate(first, access);
      if (outcome !== FaultOutcome.Resolved || this.late) return this.#leave(state, low, high, access, outcome);
      if (last === first) return address;
      const second = this.locate(last, access);
      if (second !== FaultOutcome.Resolved) {
        const start = last * PAGE_SIZE;
        return this.#pageFault(state, start >>> 0, Math.floor(start / DIRECT_LIMIT), access, second);
      }
    } while (!this.find(first, access));
    return address;
  }

  /** Moves bytes between the state block and located guest pages. */
  #move(scratch: number, address: number, size: number, access: Access): void {
    let done = 0;
    while (done < size) {
      const at = address + done;
      const inPage = at % PAGE_SIZE;
      const count = Math.min(PAGE_SIZE - inPage, size - done);
      this.find(Math.floor(at / PAGE_SIZE), access);
      // The page may be in this arena or elsewhere; growth can have renewed the views, so take the current one.
      const own = this.arena.bytes;
      const start = this.offset + inPage;
      if (access === Access.Read) {
        for (let i = 0; i < count; i++) own[scratch + done + i] = this.bytes[start + i]!;
      } else {
        for (let i = 0; i < count; i++) this.bytes[start + i] = own[scratch + done + i]!;
      }
      done += count;
    }
    if (size < 8 && access === Access.Read) {
      // Scalars come back zero-extended, so that generated code can read one word or two.
      const own = this.arena.bytes;
      for (let i = size; i < 8; i++) own[scratch + i] = 0;
    }
  }

  /** Also when all is well: the instruction then runs again, later. */
  #leave(state: number, low: number, high: number, access: Access, outcome: FaultOutcome): -1 {
    this.late = false;
    return this.#pageFault(state, low, high, access, outcome);
  }

  #pageFault(state: number, low: number, high: number, access: Access, outcome: FaultOutcome): -1 {
    const { words } = this.arena;
    words[(state + State.trapKind) >> 2] = Trap.PageFault;
    words[(state + State.trapAccess) >> 2] = access;
    words[(state + State.trapReason) >> 2] = outcome;
    words[(state + State.trapAddress) >> 2] = low;
    words[(state + State.trapAddress + 4) >> 2] = high;
    return -1;
  }

  #notCanonical(state: number): -1 {
    this.arena.words[(state + State.trapKind) >> 2] = NOT_CANONICAL;
    return -1;
  }
}
