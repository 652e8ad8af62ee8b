/**
 * Engine `evaluator`: every instruction decoded and evaluated, nothing kept. Slow and plain: the engine to compare others with.
 */
import { guestAddress } from '../address.ts';
import { NOT_CANONICAL, Trap, type Cpu, type Engine } from '../engine.ts';
import { Access, FaultOutcome, type GuestMemory } from '../memory/guest-memory.ts';
import type { PageBudget } from '../memory/page-budget.ts';
import { Rflags, STATE_SIZE, State } from '../state-layout.ts';
import { CpuState } from '../state.ts';
import { Processor } from '../processor.ts';
import { DecodeFailure, MAX_INSTRUCTION_LENGTH } from '../x86/decode.ts';
import type { Instruction } from '../x86/instruction.ts';
import { Evaluator, NO_TRAP } from './evaluator.ts';
import { ALLOWED, checkAccess } from './guest-access.ts';
import { trapOfAddress } from './stack-fault.ts';

export class EvaluatorEngine implements Engine {
  readonly name = 'evaluator';
  readonly processor: Processor;
  readonly #makeMemory: (budget?: PageBudget) => GuestMemory;

  constructor(makeMemory: (budget?: PageBudget) => GuestMemory, processor: Processor = new Processor()) {
    this.processor = processor;
    this.#makeMemory = makeMemory;
  }

  createMemory(budget?: PageBudget): GuestMemory {
    return this.#makeMemory(budget);
  }

  createCpu(memory: GuestMemory): Cpu {
    return new EvaluatorCpu(memory, this.processor);
  }
}

/** One guest thread; its state block is its own, outside the guest's memory. */
class EvaluatorCpu implements Cpu {
  readonly memory: GuestMemory;
  readonly state: CpuState;
  readonly #evaluator: Evaluator;
  readonly #processor: Processor;
  readonly #code = new Uint8Array(MAX_INSTRUCTION_LENGTH);

  constructor(memory: GuestMemory, processor: Processor) {
    this.#processor = processor;
    this.memory = memory;
    this.state = new CpuState(new ArrayBuffer(STATE_SIZE), 0);
    this.state.reset();
    this.#evaluator = new Evaluator(this.state, memory, processor);
  }

  run(fuel: number): Trap {
    const { state, memory } = this;
    const { breakpoints } = memory;
    for (let left = fuel; left > 0; left--) {
      if (this.#isAtBreakpoint()) return Trap.BreakpointReached;
      const instruction = this.#decode();
      if (instruction === NOT_CANONICAL) return trapOfAddress(undefined, this.state);
      if (typeof instruction === 'number') return instruction as Trap;
      const trap = this.#evaluator.execute(instruction);
      if (trap === NOT_CANONICAL) return trapOfAddress(instruction, this.state);
      if (trap !== NO_TRAP) return trap as Trap;
      if (breakpoints.size > 0 && state.rip !== instruction.address) state.rflags &= ~Rflags.RF;
    }
    return Trap.Preempted;
  }

  #isAtBreakpoint(): boolean {
    const { state, memory } = this;
    return memory.breakpoints.has(state.rip) && (state.rflags & Rflags.RF) === 0;
  }

  /** The instruction at RIP, or the trap of fetching it. */
  #decode(): Instruction | number {
    const { state, memory } = this;
    const refused = checkAccess(state, memory, state.gpr[State.rip / 8]!, 1, Access.Execute);
    if (refused !== ALLOWED) return refused;
    const { rip } = state;
    const length = this.#fetch(rip);
    const decoded = this.#processor.decode(this.#code.subarray(0, length), 0, rip);
    if (typeof decoded !== 'number') return decoded;
    if (decoded === DecodeFailure.TooLong) return Trap.GeneralProtection;
    if (decoded === DecodeFailure.Invalid) return Trap.InvalidOpcode;
    return checkAccess(state, memory, BigInt(rip + length), 1, Access.Execute);
  }

  /** Code bytes up to the longest instruction, or to the first page that can't be executed. */
  #fetch(rip: number): number {
    const code = this.#code;
    const whole = this.memory.probe(guestAddress(rip), code.length, Access.Execute) === FaultOutcome.Resolved;
    if (whole) return this.memory.read(guestAddress(rip), code);
    for (let length = 0; length < code.length; length++) {
      const at = guestAddress(rip + length);
      if (this.memory.probe(at, 1, Access.Execute) !== FaultOutcome.Resolved) return length;
      code[length] = this.memory.readU8(at);
    }
    return code.length;
  }

  dispose(): void {}
}
