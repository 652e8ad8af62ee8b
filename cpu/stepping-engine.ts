/**
 * The native engine one instruction at a time: someone hears of each one with the state before and after it. For traces of what a program
 * does, at a thousandth of the usual speed.
 */
import type { Cpu, Engine } from './engine.ts';
import { Trap } from './engine.ts';
import type { GuestMemory } from './memory/guest-memory.ts';
import type { PageBudget } from './memory/page-budget.ts';
import type { NativeCpu } from './native-cpu.ts';
import type { NativeEngine } from './native-engine.ts';
import type { Processor } from './processor.ts';
import { STATE_SIZE, State } from './state-layout.ts';
import { CpuState } from './state.ts';
import type { Instruction } from './x86/instruction.ts';

export interface StepListener {
  /** Whether it wants to hear of an instruction there. */
  wants(address: number): boolean;
  /** `before` is reused for the next one. Not told of an instruction that faulted: nothing of it has happened. */
  executed(instruction: Instruction, before: CpuState, after: CpuState): void;
}

export class SteppingEngine implements Engine {
  readonly #inner: NativeEngine;
  readonly #listener: StepListener;

  constructor(inner: NativeEngine, listener: StepListener) {
    this.#inner = inner;
    this.#listener = listener;
  }

  get name(): string {
    return this.#inner.name;
  }

  get processor(): Processor {
    return this.#inner.processor;
  }

  createMemory(budget?: PageBudget): GuestMemory {
    return this.#inner.createMemory(budget);
  }

  createCpu(memory: GuestMemory): Cpu {
    return new SteppingCpu(this.#inner.createCpu(memory), this.#listener);
  }
}

/** Of these, the instruction has been carried out. */
const DONE: ReadonlySet<Trap> = new Set([Trap.Preempted, Trap.Syscall, Trap.Breakpoint, Trap.Debug]);

class SteppingCpu implements Cpu {
  readonly #inner: NativeCpu;
  readonly #listener: StepListener;
  readonly #before = new CpuState(new ArrayBuffer(STATE_SIZE), 0);

  constructor(inner: NativeCpu, listener: StepListener) {
    this.#inner = inner;
    this.#listener = listener;
  }

  get memory(): GuestMemory {
    return this.#inner.memory;
  }

  get state(): CpuState {
    return this.#inner.state;
  }

  run(fuel: number): Trap {
    let left = fuel;
    let trap: Trap = Trap.Preempted;
    while (left-- > 0 && trap === Trap.Preempted) trap = this.#step();
    this.state.view.setInt32(State.fuel, Math.max(left, 0), true);
    return trap;
  }

  #step(): Trap {
    const { state } = this;
    const instruction = this.#listener.wants(state.rip) ? this.#inner.instructionAt(state.rip) : undefined;
    if (typeof instruction !== 'object') return this.#inner.runOne();
    this.#before.copyFrom(state);
    const trap = this.#inner.runOne();
    if (DONE.has(trap)) this.#listener.executed(instruction, this.#before, state);
    return trap;
  }

  dispose(): void {
    this.#inner.dispose();
  }
}
