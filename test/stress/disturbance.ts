/**
 * Replaces kernel objects at random while guests run: one object by another implementation, or a whole implementation by a new
 * version of itself. It strikes inside system calls, so that swaps have to wait for those who are inside objects.
 */
import type { Kernel } from '../../kernel/kernel.ts';
import { SwapPhase } from '../../kernel/hot-swap.ts';
import { UpgradeState, type Description } from '../../kernel/upgrade.ts';
import type { SyscallTracer } from '../../linuxabi/strace.ts';
import type { LinuxThread } from '../../linuxabi/process/thread.ts';

export interface Tally {
  swapped: number;
  aborted: number;
  upgraded: number;
  refused: number;
}

/** One in so many replacements is an upgrade. */
const UPGRADES = 8;

export class Disturbance implements SyscallTracer {
  /** By type of object. */
  readonly tallies = new Map<string, Tally>();
  readonly #everyCalls: number;
  #untilNext: number;
  #random: number;

  /** Strikes after `everyCalls` system calls on the average. */
  constructor(seed: number, everyCalls: number) {
    this.#random = seed;
    this.#everyCalls = everyCalls;
    this.#untilNext = everyCalls;
  }

  enter(thread: LinuxThread): void {
    if (--this.#untilNext > 0) return;
    this.#untilNext = 1 + this.#below(2 * this.#everyCalls);
    this.#strike(thread.machine.kernel);
  }

  exit(): void {}
  signal(): void {}
  threadEnded(): void {}

  #strike(kernel: Kernel): void {
    const objects = kernel.census.objects().filter(({ alternatives }) => alternatives.length > 0);
    const types = [...new Set(objects.map(({ type }) => type))];
    // First the type: of some there is one object, of others hundreds.
    const type = this.#oneOf(types);
    const object = type === undefined ? undefined : this.#oneOf(objects.filter((each) => each.type === type));
    if (object === undefined) return;
    if (this.#below(UPGRADES) === 0) this.#upgrade(kernel, object.type, object.implementation);
    else this.#swap(kernel, object.type, object.id, this.#oneOf(object.alternatives)!);
  }

  #swap(kernel: Kernel, type: string, id: number, implementation: string): void {
    const tally = this.#tally(type);
    const swap = kernel.replacement.swap(id, implementation);
    const ended = (): void => void (swap.phase === SwapPhase.Complete ? tally.swapped++ : tally.aborted++);
    if (swap.phase >= SwapPhase.Complete) ended();
    else swap.onEnd = ended;
  }

  /** The new version makes the same objects, by new functions. */
  #upgrade(kernel: Kernel, type: string, implementation: string): void {
    const tally = this.#tally(type);
    const next = (current: Description): Partial<Description> => ({
      version: current.version + 1,
      construct: (...args) => current.construct(...args),
      successor: (old) => current.successor!(old),
    });
    const upgrade = kernel.replacement.upgrade(type, { implementation, upgrade: next });
    const ended = (): void => void (upgrade.state === UpgradeState.Complete ? tally.upgraded++ : tally.refused++);
    if (upgrade.state === UpgradeState.UnderWay) upgrade.onEnd = ended;
    else ended();
  }

  #tally(type: string): Tally {
    let tally = this.tallies.get(type);
    if (tally === undefined) this.tallies.set(type, (tally = { swapped: 0, aborted: 0, upgraded: 0, refused: 0 }));
    return tally;
  }

  #below(limit: number): number {
    this.#random = (Math.imul(this.#random, 1103515245) + 12345) >>> 0;
    return Math.floor((this.#random / 2 ** 32) * limit);
  }

  #oneOf<T>(all: readonly T[]): T | undefined {
    return all[this.#below(all.length)];
  }
}
