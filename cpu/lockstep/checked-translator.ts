/**
 * A translator that checks itself: what a region did to registers, flags and memory is done again, from the state before, by
 * the interpreter, instruction by instruction. The first difference throws RegionDifference. Engine `checked` in the command
 * line; a test runs real programs under it. Everything happens in the guest's own memory: writable pages are saved and put back.
 */
import { PAGE_SHIFT, PAGE_SIZE } from '../address.ts';
import { Exit } from '../exit.ts';
import { PERMISSION_TABLE, Permission, RESERVED_LIMIT } from '../memory/guest-memory.ts';
import type { PagedMemory } from '../memory/paged-memory.ts';
import type { AddressSpaceCode, NativeEngine } from '../native-engine.ts';
import { flagSet } from '../semantics/definition.ts';
import { Flag } from '../semantics/ops.ts';
import { semanticsOf } from '../semantics/table.ts';
import { Rflags, STATE_SIZE, State } from '../state-layout.ts';
import type { CpuState } from '../state.ts';
import type { Translator, TranslatorCounts } from '../translate/translator.ts';
import { format } from '../x86/format.ts';
import { OperandKind } from '../x86/instruction.ts';
import type { Instruction } from '../x86/instruction.ts';

/** Runs single instructions from a state block of its own. */
export interface Stepper {
  readonly state: CpuState;
  /** Executes the instruction at RIP; negative, or the trap. */
  step(): number;
  instructionAt(rip: number): Instruction | number;
}

/** Fuel of a checked run of regions: a few turns of a loop. */
const CHECKED_FUEL = 100;
const MAX_STEPS = 20_000;
/** Visits of an address that are all checked; afterwards every SAMPLE-th. */
const CHECKED_VISITS = 10;
const SAMPLE = 509;
/** Instructions looked at to learn whether flags are read again. */
const FLAG_HORIZON = 64;
const FLAG_BITS: readonly (readonly [flag: number, bit: number])[] = [
  [Flag.C, Rflags.CF],
  [Flag.P, Rflags.PF],
  [Flag.A, Rflags.AF],
  [Flag.Z, Rflags.ZF],
  [Flag.S, Rflags.SF],
  [Flag.O, Rflags.OF],
];

export class RegionDifference extends Error {
  override name = 'RegionDifference';
}

/** Writable pages in place, and what is in them. */
class Snapshot {
  pages: number[] = [];
  #bytes = new Uint8Array(0);
  readonly #memory: PagedMemory;

  constructor(memory: PagedMemory) {
    this.#memory = memory;
  }

  save(pages: number[]): void {
    this.pages = pages;
    if (this.#bytes.length < pages.length * PAGE_SIZE) this.#bytes = new Uint8Array(2 * pages.length * PAGE_SIZE);
    const { bytes } = this.#memory.arena;
    pages.forEach((page, i) =>
      this.#bytes.set(bytes.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE), i * PAGE_SIZE),
    );
  }

  restore(): void {
    const { bytes } = this.#memory.arena;
    this.pages.forEach((page, i) =>
      bytes.set(this.#bytes.subarray(i * PAGE_SIZE, (i + 1) * PAGE_SIZE), page * PAGE_SIZE),
    );
  }

  /** First address where memory is different now. */
  difference(): number | undefined {
    const { buffer } = this.#memory.wasm;
    for (const [i, page] of this.pages.entries()) {
      const now = new BigUint64Array(buffer, page * PAGE_SIZE, PAGE_SIZE / 8);
      const then = new BigUint64Array(this.#bytes.buffer, i * PAGE_SIZE, PAGE_SIZE / 8);
      for (let word = 0; word < now.length; word++) if (now[word] !== then[word]) return page * PAGE_SIZE + word * 8;
    }
    return undefined;
  }
}

/** For NativeOptions.wrapTranslator. */
export function wrapChecked(translator: Translator, space: AddressSpaceCode, engine: NativeEngine): Translator {
  return new CheckedTranslator(translator, space.memory, () => engine.createCpu(space.memory));
}

export class CheckedTranslator implements Translator {
  readonly #inner: Translator;
  readonly #memory: PagedMemory;
  readonly #makeStepper: () => Stepper;
  #stepper: Stepper | undefined;
  readonly #before: Snapshot;
  readonly #after: Snapshot;
  readonly #visits = new Map<number, number>();

  constructor(inner: Translator, memory: PagedMemory, makeStepper: () => Stepper) {
    this.#inner = inner;
    this.#memory = memory;
    this.#makeStepper = makeStepper;
    this.#before = new Snapshot(memory);
    this.#after = new Snapshot(memory);
  }

  get counts(): TranslatorCounts {
    return this.#inner.counts;
  }
  translate(address: number, state: number): boolean {
    return this.#inner.translate(address, state);
  }
  reuse(address: number): boolean {
    return this.#inner.reuse(address);
  }
  codeChanged(page: number): void {
    this.#inner.codeChanged(page);
  }
  watchExceptions(): void {
    this.#inner.watchExceptions();
  }
  dispose(): void {
    this.#inner.dispose();
  }

  enter(state: number): Exit {
    const words = this.#memory.arena.words;
    const rip = words[(state + State.rip) >> 2]!;
    const visits = (this.#visits.get(rip) ?? 0) + 1;
    this.#visits.set(rip, visits);
    const fuelAt = (state + State.fuel) >> 2;
    const fuel = words[fuelAt]! | 0;
    const allowed = Math.min(fuel, CHECKED_FUEL);
    const check = visits <= CHECKED_VISITS || visits % SAMPLE === 0;
    const block = new Uint8Array(words.buffer, state, STATE_SIZE);
    const before = block.slice();
    if (check) this.#before.save(this.#writablePages());
    words[fuelAt] = allowed;
    const exit = this.#inner.enter(state);
    words[fuelAt] = fuel - (allowed - (words[fuelAt]! | 0));
    if (check) this.#compare(before, block.slice(), exit);
    return exit === Exit.Fuel ? Exit.Continue : exit;
  }

  #writablePages(): number[] {
    const { bytes } = this.#memory.arena;
    const pages: number[] = [];
    const words = new Uint32Array(bytes.buffer, PERMISSION_TABLE, PERMISSION_TABLE / 4);
    for (let i = (RESERVED_LIMIT >> PAGE_SHIFT) >> 2; i < words.length; i++) {
      if (words[i] === 0) continue;
      for (let page = i * 4; page < i * 4 + 4; page++)
        if (bytes[PERMISSION_TABLE + page]! & Permission.Write) pages.push(page);
    }
    return pages;
  }

  #compare(before: Uint8Array, after: Uint8Array, exit: Exit): void {
    this.#after.save(this.#before.pages);
    this.#before.restore();
    const stepper = (this.#stepper ??= this.#makeStepper());
    const { state } = stepper;
    state.bytes.set(before);
    const view = new DataView(after.buffer);
    const rip = view.getUint32(State.rip, true);
    // Of several arrivals the one with the right registers tells most.
    const registers = 'register';
    let best = `${registers}: never arrived where the region left`;
    for (let steps = 0; steps <= MAX_STEPS; steps++) {
      if (state.rip === rip && (exit !== Exit.Trap || steps > 0)) {
        const difference = this.#difference(stepper, view, exit);
        if (difference === undefined) {
          this.#after.restore();
          return;
        }
        if (best.startsWith(registers)) best = difference;
      }
      const trap = stepper.step();
      if (trap < 0) continue;
      const difference = exit === Exit.Trap && state.rip === rip ? this.#difference(stepper, view, exit) : best;
      if (difference !== undefined) throw this.#failure(before, after, exit, `${difference}; trap ${trap}`);
      this.#after.restore();
      return;
    }
    throw this.#failure(before, after, exit, best);
  }

  #difference(stepper: Stepper, after: DataView, exit: Exit): string | undefined {
    const { state } = stepper;
    for (let i = 0; i < 16; i++) {
      const translated = after.getBigUint64(State.gpr + 8 * i, true);
      if (state.gpr[i] !== translated) return `register ${i}: ${hex(translated)} instead of ${hex(state.gpr[i]!)}`;
    }
    for (let i = 0; i < 32; i++) {
      const at = State.xmm + 32 * (i >> 1) + 8 * (i & 1);
      if (after.getBigUint64(at, true) !== state.view.getBigUint64(at, true)) return `xmm${i >> 1}`;
    }
    for (let at: number = State.st; at < State.fdp + 8; at++) {
      if (after.getUint8(at) !== state.view.getUint8(at)) return `x87 state at ${at - State.st}`;
    }
    const at = this.#after.difference();
    if (at !== undefined) return `memory at ${hex(at)}`;
    return exit === Exit.Trap ? undefined : this.#flagDifference(stepper, after);
  }

  /** Flags may be stale only where the code that follows can't see them. */
  #flagDifference(stepper: Stepper, after: DataView): string | undefined {
    const expected = stepper.state.rflags;
    const saved = stepper.state.bytes.slice();
    stepper.state.bytes.set(new Uint8Array(after.buffer));
    const translated = stepper.state.rflags;
    stepper.state.bytes.set(saved);
    let stale = 0;
    for (const [flag, bit] of FLAG_BITS) if ((expected ^ translated) & bit) stale |= flag;
    if (stale === 0) return undefined;
    const reader = firstReader(stepper, after.getUint32(State.rip, true), stale);
    return reader && `flags ${translated.toString(16)} instead of ${expected.toString(16)}, read by ${reader}`;
  }

  #failure(before: Uint8Array, after: Uint8Array, exit: Exit, what: string): RegionDifference {
    const start = new DataView(before.buffer).getUint32(State.rip, true);
    const end = new DataView(after.buffer).getUint32(State.rip, true);
    return new RegionDifference(`region entered at ${hex(start)}, left at ${hex(end)} with exit ${exit}: ${what}`);
  }
}

/** The first instruction on the straight way from an address that reads one of these flags before they are written. */
function firstReader(stepper: Stepper, start: number, flags: number): string | undefined {
  let rip = start;
  for (let i = 0; i < FLAG_HORIZON && flags !== 0; i++) {
    const instruction = stepper.instructionAt(rip);
    if (typeof instruction === 'number') return undefined;
    const definition = semanticsOf(instruction.mnemonic);
    if (definition === undefined) return undefined;
    if (flagSet(definition.flagsRead, instruction) & flags)
      return `${format(instruction)} at ${hex(instruction.address)}`;
    flags &= ~flagSet(definition.flagsWritten, instruction);
    const target = instruction.operands[0];
    if (instruction.mnemonic === 'jmp' || instruction.mnemonic === 'call') {
      if (target?.kind !== OperandKind.Relative) return undefined;
      rip = target.target;
    } else if (instruction.mnemonic === 'ret') {
      return undefined;
    } else {
      rip += instruction.length;
    }
  }
  return undefined;
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
