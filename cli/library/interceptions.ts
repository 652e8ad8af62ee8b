/** Who decides about the system calls of a machine. While there is nobody, the machine has no hook and pays nothing. */
import type { CallHook, HookAnswer } from '../../linuxabi/process/call-hook.ts';
import type { LinuxThread } from '../../linuxabi/process/thread.ts';
import type { Machine as LinuxMachine } from '../../linuxabi/machine.ts';
import { parseSelection } from '../../linuxabi/strace/selection.ts';
import { syscallTable } from '../../linuxabi/syscall-table.ts';
import { argumentError } from './guest-error.ts';
import { rethrowOutside } from './outside.ts';

/** Until it is removed. */
export interface Interception {
  remove(): void;
  [Symbol.dispose](): void;
}

/** @internal */
export class Interceptions {
  readonly #machine: LinuxMachine;
  /** By number of the call, in the order they came. */
  readonly #deciders = new Map<number, Set<CallHook>>();

  constructor(machine: LinuxMachine) {
    this.#machine = machine;
  }

  /** `decider`: asked for these calls; 'allow' leaves it to the next. */
  add(numbers: readonly number[], decider: CallHook): Interception {
    for (const number of numbers) {
      const deciders = this.#deciders.get(number);
      if (deciders === undefined) this.#deciders.set(number, new Set([decider]));
      else deciders.add(decider);
    }
    if (numbers.length > 0) this.#machine.hookCalls(this.#ask);
    const remove = (): void => this.#remove(numbers, decider);
    return { remove, [Symbol.dispose]: remove };
  }

  #remove(numbers: readonly number[], decider: CallHook): void {
    for (const number of numbers) {
      const deciders = this.#deciders.get(number);
      deciders?.delete(decider);
      if (deciders?.size === 0) this.#deciders.delete(number);
    }
    if (this.#deciders.size === 0) this.#machine.hookCalls(undefined);
  }

  readonly #ask: CallHook = (thread, number) => {
    const deciders = this.#deciders.get(number);
    return deciders === undefined ? 'allow' : askNext(thread, number, deciders.values());
  };
}

/** The first that has a say. What a decider throws must not break the machine: it is its owner's to see, and the call goes on. */
function askNext(thread: LinuxThread, number: number, deciders: Iterator<CallHook, undefined>): HookAnswer {
  for (;;) {
    const { value: decider, done } = deciders.next();
    if (done === true || decider === undefined) return 'allow';
    try {
      const answer = decider(thread, number);
      if (answer === 'allow') continue;
      return 'settled' in answer ? orElse(answer, () => askNext(thread, number, deciders)) : answer;
    } catch (failure) {
      rethrowOutside(failure);
    }
  }
}

/** The answer, and what follows when it turns out to be none. */
function orElse(answer: Exclude<HookAnswer, 'allow'>, next: () => HookAnswer): HookAnswer {
  if (!('settled' in answer)) return answer;
  const settled = (): HookAnswer | undefined => {
    const later = answer.settled();
    return later === 'allow' ? next() : later;
  };
  return { queue: answer.queue, settled };
}

/**
 * Calls in the words of strace: names, %file and its like, all, ! for the rest; several words may come as an array. Throws when there is no
 * such call.
 */
export function callsOf(filter: string | readonly string[]): number[] {
  const isSelected = parseSelection(typeof filter === 'string' ? filter : filter.join(','));
  if (typeof isSelected === 'string') throw argumentError(isSelected);
  return syscallTable.flatMap((definition) =>
    definition !== undefined && isSelected(definition.name) ? [definition.number] : [],
  );
}
