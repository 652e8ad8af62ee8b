/**
 * The translator seen from the run loop (native-engine.ts): one per address space. It turns hot guest code into Wasm
 * regions and owns the trampoline through which they are entered and reach each other. Implementation:
 * region-translator.ts.
 *
 * Protocol with the run loop and the interpreter:
 * - The interpreter counts at block heads (jump targets) and leaves with Exit.Hot twice: early, when a region made before would pay
 *   (`reuse`), and when the block is hot. Then the run loop calls `translate(rip)`; on `false` it never asks again for that address. On `true`
 *   of either it goes on with `enter`.
 * - For every address that becomes an entry the listener's `entryAdded` is called: from then on the interpreter should enter the region whenever a
 *   jump arrives there, by the trampoline, or leave (with Exit.Hot) for the run loop to call `enter`. `entryRemoved` takes that back.
 * - `enter(state)` runs regions from State.rip until one leaves with an Exit code. Fuel is in State.fuel and is counted down
 *   by the regions. Exit.Continue: nothing is translated at RIP. Exit.Single: the interpreter must execute exactly one
 *   instruction at RIP, then may look for an entry again. Exit.Fuel and Exit.Trap as in exit.ts.
 * - `codeChanged(page)` drops every region made from this page. It may be called at any time outside `enter`.
 */
import type { Instruction } from '../x86/instruction.ts';
import type { Exit } from '../exit.ts';

/** Where the translator reads guest code. Both answer undefined where nothing executable is present. */
export interface CodeSource {
  /** Decodes one instruction; undefined also for what is not a valid instruction. */
  decode(address: number): Instruction | undefined;
  /** The bytes of code, in place or copied; undefined when not all of it is executable. */
  bytes(address: number, length: number): Uint8Array | undefined;
  /** The bytes of readable data that is present; undefined otherwise. Must not fault anything in. */
  data(address: number, length: number): Uint8Array | undefined;
  /** What is known of how the code has run so far. */
  readonly history: CodeHistory;
}

/** Hints from the interpreter: they decide how good a region is, never whether it is right. */
export interface CodeHistory {
  /** Whether jumps have gone to this address more than now and then. */
  isReached(address: number): boolean;
  /** Whether the conditional jump at this address was not taken, but went on at `next`, more than now and then. */
  isPassed(address: number, next: number): boolean;
  /** Whether calls of this address were seen. */
  isFunction(address: number): boolean;
  /** The nearest function at or before an address. */
  functionBefore(address: number): number | undefined;
}

export interface EntryListener {
  entryAdded(address: number): void;
  entryRemoved(address: number): void;
}

export interface TranslatorCounts {
  /** Regions alive, and instructions and Wasm bytes in them. */
  readonly regions: number;
  readonly instructions: number;
  readonly wasmBytes: number;
  /** Modules compiled by this process against modules reused from the cache. */
  readonly compiled: number;
  readonly reused: number;
}

export interface Translator {
  /**
   * Makes the region of which `address` is an entry. False when the code there can't be translated. `state` is the Wasm address
   * of the state block of the thread that is there now: its registers help to find jump tables.
   */
  translate(address: number, state: number): boolean;
  /** Whether a region can be entered there: an installed one, or one made earlier from the same code, which is installed now. */
  reuse(address: number): boolean;
  /** Runs translated code from State.rip of the state block at this Wasm address. */
  enter(state: number): Exit;
  codeChanged(page: number): void;
  /** Drops all regions: those made from now on keep to MXCSR. Outside `enter`. */
  watchExceptions(): void;
  readonly counts: TranslatorCounts;
  dispose(): void;
}
