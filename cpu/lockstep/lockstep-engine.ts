/**
 * Engine `both`: an engine under test runs every program, and Unicorn follows it stretch by stretch on a shadow of its memory. After each
 * stretch the registers are compared, at each trap the memory that was touched. The first difference ends the run with a
 * LockstepDifference that shows both states and the code in between.
 *
 * The engine under test goes first, with as little fuel as it accepts; Unicorn then steps until it is at the same RIP with the same registers. In a loop
 * that RIP may come by several times before they agree.
 */
import { Trap } from '../engine.ts';
import type { Cpu, Engine } from '../engine.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import type { PageBudget } from '../memory/page-budget.ts';
import { State, STATE_SIZE } from '../state-layout.ts';
import { CpuState } from '../state.ts';
import type { UnicornCpu } from '../unicorn/unicorn-cpu.ts';
import type { Processor } from '../processor.ts';
import type { UnicornEngine } from '../unicorn/unicorn-engine.ts';
import { describeDifference, LockstepDifference } from './lockstep-difference.ts';
import { ShadowMemory } from './shadow-memory.ts';
import { readStretch } from './stretch.ts';
import { firstStateDifference, sameRegisters } from './state-difference.ts';

/** Instructions asked of the engine under test at a time; it may overrun by a straight-line stretch. */
const STRETCH_FUEL = 1;
/** More than any stretch has, repeated string instructions aside, which Unicorn counts by repetition. */
const STRETCH_LIMIT = 20_000;
/** How often a loop may come by the end of a stretch before it. */
const MAX_PASSES = 1000;

interface ShadowUse {
  readonly shadow: ShadowMemory;
  cpus: number;
}

export class LockstepEngine implements Engine {
  readonly name = 'both';
  readonly #subject: Engine;
  readonly #unicorn: UnicornEngine;
  readonly #shadows = new Map<GuestMemory, ShadowUse>();

  /** Unicorn's: the subject must not show its guests more. */
  get processor(): Processor {
    return this.#unicorn.processor;
  }

  constructor(subject: Engine, unicorn: UnicornEngine) {
    this.#subject = subject;
    this.#unicorn = unicorn;
  }

  createMemory(budget?: PageBudget): GuestMemory {
    return this.#subject.createMemory(budget);
  }

  createCpu(memory: GuestMemory): Cpu {
    let use = this.#shadows.get(memory);
    if (use === undefined) {
      use = { shadow: new ShadowMemory(memory, this.#subject.createMemory()), cpus: 0 };
      this.#shadows.set(memory, use);
    }
    use.cpus++;
    const follower = this.#unicorn.createCpu(use.shadow.memory);
    return new LockstepCpu(this.#subject.createCpu(memory), follower, use.shadow, this.#unicorn, () =>
      this.#release(memory),
    );
  }

  #release(memory: GuestMemory): void {
    const use = this.#shadows.get(memory);
    if (use === undefined || --use.cpus > 0) return;
    this.#shadows.delete(memory);
    use.shadow.dispose();
  }
}

class LockstepCpu implements Cpu {
  readonly #leader: Cpu;
  readonly #follower: UnicornCpu;
  readonly #shadow: ShadowMemory;
  readonly #unicorn: UnicornEngine;
  readonly #release: () => void;
  /** Unicorn's state when it first was at the leader's RIP. */
  readonly #closest = new CpuState(new ArrayBuffer(STATE_SIZE), 0);
  readonly #before = new CpuState(new ArrayBuffer(STATE_SIZE), 0);

  constructor(leader: Cpu, follower: UnicornCpu, shadow: ShadowMemory, unicorn: UnicornEngine, release: () => void) {
    this.#leader = leader;
    this.#follower = follower;
    this.#shadow = shadow;
    this.#unicorn = unicorn;
    this.#release = release;
  }

  get memory(): GuestMemory {
    return this.#leader.memory;
  }

  get state(): CpuState {
    return this.#leader.state;
  }

  run(fuel: number): Trap {
    this.#shadow.synchronize();
    this.#follower.state.copyFrom(this.#leader.state);
    for (let left = fuel; left > 0; left--) {
      this.#before.copyFrom(this.#leader.state);
      const trap = this.#leader.run(STRETCH_FUEL);
      if (trap === Trap.Preempted) {
        this.#follow();
        continue;
      }
      this.#followToTrap(trap);
      this.#compareMemory();
      return trap;
    }
    return Trap.Preempted;
  }

  dispose(): void {
    this.#leader.dispose();
    this.#follower.dispose();
    this.#release();
  }

  /** Brings Unicorn to where the leader is now. */
  #follow(): void {
    const target = this.#leader.state.gpr[State.rip / 8]!;
    let closest: string | undefined;
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      const trap = this.#follower.stepTo(target, STRETCH_LIMIT);
      if (trap !== Trap.Preempted) this.#failAt(closest, `Unicorn ended with trap ${trap}, the other engine went on`);
      if (this.#follower.state.gpr[State.rip / 8] !== target) break;
      const difference = this.#difference();
      if (difference === undefined) return;
      if (closest === undefined) this.#closest.copyFrom(this.#follower.state);
      closest ??= difference;
    }
    this.#failAt(closest, 'Unicorn never came to the same place');
  }

  #followToTrap(trap: Trap): void {
    const followed = this.#follower.run(STRETCH_LIMIT);
    // Unicorn does not tell #SS from #GP.
    const isProtection = trap === Trap.StackFault && followed === Trap.GeneralProtection;
    if (followed !== trap && !isProtection) this.#fail(`trap ${trap}, Unicorn ${followed}`);
    const difference = this.#difference();
    if (difference !== undefined) this.#fail(difference);
  }

  /** The first register that differs. Differences that the SDM allows are taken over from the leader. */
  #difference(): string | undefined {
    if (sameRegisters(this.#leader.state, this.#follower.state)) return undefined;
    const stretch = readStretch(this.memory, this.#before.rip);
    return firstStateDifference(this.#leader.state, this.#follower.state, stretch);
  }

  #compareMemory(): void {
    for (const page of this.#unicorn.touchedPages(this.#shadow.memory)) {
      const address = this.#shadow.firstDifference(page);
      if (address !== undefined) this.#fail(`memory at 0x${address.toString(16)}`);
    }
  }

  /** Shows Unicorn's state as it was when it first came by, if it did. */
  #failAt(closest: string | undefined, otherwise: string): never {
    if (closest !== undefined) this.#follower.state.copyFrom(this.#closest);
    this.#fail(closest ?? otherwise);
  }

  #fail(what: string): never {
    const stretch = readStretch(this.memory, this.#before.rip);
    throw new LockstepDifference(
      describeDifference(what, this.#before, this.#leader.state, this.#follower.state, stretch),
    );
  }
}
