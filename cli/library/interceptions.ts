/** Who decides about the system calls of a machine. While there is nobody, the machine has no hook and pays nothing. */
import type { CallDecision } from '../../linuxabi/process/call-hook.ts';
import type { LinuxThread } from '../../linuxabi/process/thread.ts';
import type { Machine as LinuxMachine } from '../../linuxabi/machine.ts';
import { parseSelection } from '../../linuxabi/strace/selection.ts';
import { syscallTable } from '../../linuxabi/syscall-table.ts';
import { argumentError } from './guest-error.ts';

/** Until it is removed. */
export interface Interception {
  remove(): void;
  [Symbol.dispose](): void;
}

/**
 * Asked for calls of its set.
 * @internal
 */
export type Decider = (thread: LinuxThread, number: number) => CallDecision | undefined;

/** @internal */
export class Interceptions {
  readonly #machine: LinuxMachine;
  /** By number of the call, in the order they came. */
  readonly #deciders = new Map<number, Set<Decider>>();

  constructor(machine: LinuxMachine) {
    this.#machine = machine;
  }

  /** `set`: calls in the words of strace: names, %file and its like, all, ! for the rest. Throws when there is no such call. */
  add(set: string, decider: Decider): Interception {
    const numbers = numbersOf(set);
    for (const number of numbers) {
      const deciders = this.#deciders.get(number);
      if (deciders === undefined) this.#deciders.set(number, new Set([decider]));
      else deciders.add(decider);
    }
    this.#machine.hookCalls(this.#ask);
    const remove = (): void => this.#remove(numbers, decider);
    return { remove, [Symbol.dispose]: remove };
  }

  #remove(numbers: readonly number[], decider: Decider): void {
    for (const number of numbers) {
      const deciders = this.#deciders.get(number);
      deciders?.delete(decider);
      if (deciders?.size === 0) this.#deciders.delete(number);
    }
    if (this.#deciders.size === 0) this.#machine.hookCalls(undefined);
  }

  /** The first that has a say. What a decider throws must not break the machine: it is its owner's to see, and the call goes on. */
  readonly #ask = (thread: LinuxThread, number: number): CallDecision | undefined => {
    for (const decider of this.#deciders.get(number) ?? []) {
      try {
        const decision = decider(thread, number);
        if (decision !== undefined) return decision;
      } catch (failure) {
        process.nextTick(() => {
          throw failure;
        });
      }
    }
    return undefined;
  };
}

function numbersOf(set: string): number[] {
  const isSelected = parseSelection(set);
  if (typeof isSelected === 'string') throw argumentError(isSelected);
  return syscallTable.flatMap((definition) =>
    definition !== undefined && isSelected(definition.name) ? [definition.number] : [],
  );
}
