/**
 * One guest thread on the native engine: the run loop. Generated code runs until it leaves with an Exit code; here that
 * is turned into decoding, evaluating one instruction, entering or making a region, or a Trap for the kernel.
 */
import { guestAddress } from './address.ts';
import { NOT_CANONICAL, Trap } from './engine.ts';
import type { Cpu } from './engine.ts';
import { Evaluator, NO_TRAP } from './evaluate/evaluator.ts';
import { ALLOWED, checkAccess } from './evaluate/guest-access.ts';
import { trapOfAddress } from './evaluate/stack-fault.ts';
import { Exit } from './exit.ts';
import { DecodeResult } from './interpret/code-cache.ts';
import { STEP_RECORD } from './interpret/record.ts';
import { Access } from './memory/guest-memory.ts';
import type { PagedMemory } from './memory/paged-memory.ts';
import type { AddressSpaceCode, NativeCounts } from './native-engine.ts';
import type { Processor } from './processor.ts';
import { Control, Rflags, State } from './state-layout.ts';
import { CpuState } from './state.ts';
import { DecodeFailure } from './x86/decode.ts';
import type { Instruction } from './x86/instruction.ts';

/** Internal: go on. Traps are ≥ 0. */
const GO_ON = -1;
/** MXCSR: the flags of exceptions, and the bits that mask them. Source: SDM vol. 1, 10.2.3. */
const MXCSR_FLAGS = 0x3f;
const MXCSR_MASKS = 0x1f80;

/** What decoding a run, and evaluating one instruction, cost in instructions that run: a slice must stay short in a program that
 *  rewrites itself, too. Charged only while more is left, so that each `run` gets somewhere. */
const DECODE_FUEL = 2000;
const EVALUATE_FUEL = 300;

export class NativeCpu implements Cpu {
  readonly memory: PagedMemory;
  readonly state: CpuState;
  readonly #space: AddressSpaceCode;
  readonly #processor: Processor;
  readonly #counts: NativeCounts;
  /** Made when first needed: many forked children never are. */
  #evaluator: Evaluator | undefined;
  readonly #words: Uint32Array;
  readonly #base: number;

  constructor(space: AddressSpaceCode, processor: Processor, counts: NativeCounts) {
    this.#processor = processor;
    this.memory = space.memory;
    this.#space = space;
    this.#counts = counts;
    this.#base = this.memory.arena.allocateState();
    if (this.#base === 0) throw new RangeError('too many threads in one address space');
    this.state = new CpuState(this.memory.wasm.buffer, this.#base);
    this.state.reset();
    this.#words = this.memory.arena.words;
  }

  get #fuel(): number {
    return this.#words[(this.#base + State.fuel) >> 2]! | 0;
  }
  set #fuel(value: number) {
    this.#words[(this.#base + State.fuel) >> 2] = value;
  }

  #charge(instructions: number): void {
    if (this.#fuel > instructions) this.#fuel -= instructions;
  }

  run(fuel: number): Trap {
    this.#fuel = fuel;
    for (;;) {
      if (this.#fuel <= 0) return Trap.Preempted;
      if (this.#looksAtExceptions()) this.#space.watchExceptions();
      const outcome = this.#stepFlags() !== 0 ? this.#singleStep() : this.#handle(this.#enter());
      if (outcome !== GO_ON) return outcome === NOT_CANONICAL ? this.#trapOfAddress() : (outcome as Trap);
    }
  }

  /** Nested calls of regions are few, but how much of Node's stack is left is not known: where it ends, the state block is complete. */
  #enter(): Exit {
    try {
      return this.#space.interpreter.enter(this.#base);
    } catch (error) {
      if (error instanceof RangeError) return Exit.Continue;
      throw error;
    }
  }

  /** What to do after generated code has left. */
  #handle(exit: Exit): number {
    switch (exit) {
      case Exit.Decode:
        return this.#decode();
      case Exit.Single:
        return this.#step();
      case Exit.Hot:
        return this.#hot();
      case Exit.Trap:
        return this.#words[(this.#base + State.trapKind) >> 2]!;
      default:
        return GO_ON;
    }
  }

  #decode(): number {
    if (this.#isAtBreakpoint()) return Trap.BreakpointReached;
    this.#counts.decodedRuns++;
    this.#charge(DECODE_FUEL);
    const { rip } = this.state;
    const { cache, translator, translatesAtSight } = this.#space;
    if (translatesAtSight) translator?.translate(rip, this.#base);
    if (cache.decode(rip) === DecodeResult.Done) return GO_ON;
    return this.#step();
  }

  /** A block head worth a region, if one is there or was made before; when it is hot one is made now. */
  #hot(): number {
    const { cache, translator } = this.#space;
    const { rip } = this.state;
    if (!translator?.reuse(rip)) {
      if (!cache.isHot(rip)) return GO_ON;
      if (!translator?.translate(rip, this.#base)) {
        cache.keepCool(rip);
        return GO_ON;
      }
    }
    this.#counts.regionEntries++;
    const exit = translator.enter(this.#base);
    // A region that leaves where it was entered may have done nothing: one step makes sure that something happens.
    if ((exit === Exit.Continue || exit === Exit.Fuel) && rip === this.state.rip) return this.#step();
    return this.#handle(exit);
  }

  /** Executes exactly the instruction at RIP: negative, or the trap. */
  step(): number {
    const outcome = this.#step();
    return outcome === NOT_CANONICAL ? this.#trapOfAddress() : outcome;
  }

  /** With its handler, or by evaluation. GO_ON, or the trap. */
  #step(): number {
    this.#counts.steps++;
    const instruction = this.#instruction();
    if (typeof instruction === 'number') return instruction;
    if (!this.#space.cache.prepareStep(instruction)) return this.#evaluate(instruction);
    const fuel = this.#fuel;
    const exit = this.#space.interpreter.runRecord(this.#base, STEP_RECORD, 1);
    const used = 1 - this.#fuel;
    this.#fuel = fuel - used;
    if (exit === Exit.Trap) return this.#words[(this.#base + State.trapKind) >> 2]!;
    return exit === Exit.Single ? this.#evaluate(instruction) : GO_ON;
  }

  instructionAt(rip: number): Instruction | DecodeFailure {
    return this.#space.cache.instructionAt(rip);
  }

  #evaluate(instruction: Instruction): number {
    const { evaluated } = this.#counts;
    evaluated.set(instruction.mnemonic, (evaluated.get(instruction.mnemonic) ?? 0) + 1);
    this.#charge(EVALUATE_FUEL);
    this.#fuel -= 1;
    this.#evaluator ??= new Evaluator(this.state, this.memory, this.#processor, this.#space.simd);
    const trap = this.#evaluator.execute(instruction);
    return trap === NO_TRAP ? GO_ON : trap;
  }

  /** The instruction at RIP, or the trap of fetching it. */
  #instruction(): Instruction | number {
    const { state, memory } = this;
    const refused = checkAccess(state, memory, state.gpr[State.rip / 8]!, 1, Access.Execute);
    if (refused !== ALLOWED) return refused;
    const instruction = this.#space.cache.instructionAt(state.rip);
    if (typeof instruction !== 'number') return instruction;
    if (instruction === DecodeFailure.Invalid) return Trap.InvalidOpcode;
    if (instruction === DecodeFailure.TooLong) return Trap.GeneralProtection;
    // Truncated: its first page is there, the next one refuses.
    const next = guestAddress(state.rip + 4096 - (state.rip % 4096));
    return checkAccess(state, memory, BigInt(next), 1, Access.Execute);
  }

  /** Generated code and the evaluator know the address alone. */
  #trapOfAddress(): Trap {
    const instruction = this.#instruction();
    return trapOfAddress(typeof instruction === 'number' ? undefined : instruction, this.state);
  }

  /** Flags that are about the next instruction alone: TF traps after it, RF lets it pass a breakpoint. */
  #stepFlags(): number {
    return this.#words[(this.#base + State.otherFlags) >> 2]! & (Rflags.TF | Rflags.RF);
  }

  /** No code is decoded there, so this is asked only where there is none. */
  #isAtBreakpoint(): boolean {
    const { breakpoints } = this.memory;
    return breakpoints.size > 0 && breakpoints.has(this.state.rip) && (this.#stepFlags() & Rflags.RF) === 0;
  }

  /** Whether regions must keep to MXCSR. Only evaluated instructions and the kernel change what this depends on. */
  #looksAtExceptions(): boolean {
    const words = this.#words;
    if (words[(this.#base + State.controls) >> 2]! & Control.watchesExceptions) return true;
    return (words[(this.#base + State.mxcsr) >> 2]! & ~MXCSR_FLAGS) !== MXCSR_MASKS;
  }

  /** Executes one instruction; Preempted when there is nothing to say of it. */
  runOne(): Trap {
    const outcome = this.#singleStep();
    return outcome === GO_ON ? Trap.Preempted : (outcome as Trap);
  }

  /** One instruction; a debug trap after it with TF set. Source: SDM vol. 3, 19.3.1.4. */
  #singleStep(): number {
    if (this.#isAtBreakpoint()) return Trap.BreakpointReached;
    const flags = this.#stepFlags();
    const { rip } = this.state;
    const trap = this.#step();
    // A repeated move that is not through yet must pass once more.
    if ((flags & Rflags.RF) !== 0 && this.state.rip !== rip) this.state.rflags &= ~Rflags.RF;
    return trap === GO_ON && (flags & Rflags.TF) !== 0 ? Trap.Debug : trap;
  }

  dispose(): void {
    if (!this.memory.disposed) this.memory.arena.freeState(this.#base);
  }
}
