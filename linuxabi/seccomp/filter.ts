/**
 * What restricts a thread's system calls: strict mode, or a filter and those set before it. Both are immutable and shared by all that
 * inherited them. Source: seccomp(2); kernel/seccomp.c, seccomp_run_filters.
 */
import { State } from '../../cpu/state-layout.ts';
import {
  AUDIT_ARCH_X86_64,
  SECCOMP_MODE_FILTER,
  SECCOMP_MODE_STRICT,
  SECCOMP_RET_ACTION_FULL,
  SECCOMP_RET_ALLOW,
  seccomp_data,
} from '../abi/seccomp.ts';
import type { LinuxThread } from '../process/thread.ts';
import { ARGUMENT_REGISTERS } from '../syscall.ts';
import { FilterMachine } from './classic-bpf.ts';
import type { FilterCode } from './classic-bpf.ts';
import type { ListenerFile } from './listener.ts';

export interface StrictMode {
  readonly mode: typeof SECCOMP_MODE_STRICT;
}
export const STRICT_MODE: StrictMode = { mode: SECCOMP_MODE_STRICT };

export type Seccomp = StrictMode | SeccompFilter;

/** Answers are remembered for numbers below. */
const REMEMBERED = 512;
/** Each filter counts so many instructions more towards the limit of its chain. Source: kernel/seccomp.c, seccomp_attach_filter. */
const FILTER_PENALTY = 4;

/** What the filters of a chain say of a call. */
interface Decision {
  /** Whose answer counts. */
  readonly filter: SeccompFilter;
  readonly answer: number;
  /** The answer depends on nothing but the call's number. */
  readonly readsCallOnly: boolean;
}

export class SeccompFilter {
  readonly mode = SECCOMP_MODE_FILTER;
  /** This filter and those set before it, the latest first. */
  readonly chain: readonly SeccompFilter[];
  /** Instructions of all filters of the chain, with their penalties. */
  readonly pathLength: number;
  /** Where calls go that the filter leaves to a supervisor. */
  listener: ListenerFile | undefined;
  /** Threads that it restricts. */
  users = 0;
  readonly #code: FilterCode;
  /** By number: answers that depend on nothing else. */
  readonly #known = new Map<number, number>();

  constructor(code: FilterCode, parent: SeccompFilter | undefined) {
    this.#code = code;
    this.chain = [this, ...(parent?.chain ?? [])];
    this.pathLength = code.length / 2 + FILTER_PENALTY + (parent?.pathLength ?? 0);
  }

  /** Whether it was set on top of the other, or is it. */
  descendsFrom(other: SeccompFilter): boolean {
    return this.chain.includes(other);
  }

  /** A thread more is restricted by it and those set before it. */
  entered(): void {
    for (const filter of this.chain) filter.users++;
  }

  /** One less; the supervisor of the last is told that there is nobody left. */
  left(): void {
    for (const filter of this.chain) if (--filter.users === 0) filter.listener?.waitQueue.wake();
  }

  /** The filter whose answer to the call counts, and what it was shown. */
  decider(thread: LinuxThread, number: number): { readonly filter: SeccompFilter; readonly data: Uint8Array } {
    const data = callData(thread, number);
    return { filter: this.#decide(data).filter, data: new Uint8Array(data.buffer) };
  }

  /** The strongest answer of all filters to the call in the thread's registers; the latest filter's among equals. */
  ask(thread: LinuxThread, number: number): number {
    const known = this.#known.get(number);
    if (known !== undefined) return known;
    const { answer, readsCallOnly } = this.#decide(callData(thread, number));
    if (readsCallOnly && number < REMEMBERED) this.#known.set(number, answer);
    return answer;
  }

  #decide(data: Int32Array): Decision {
    const machine = new FilterMachine();
    let filter = this.chain[0]!;
    let answer = SECCOMP_RET_ALLOW;
    let readsCallOnly = true;
    for (const each of this.chain) {
      const own = machine.run(each.#code, data);
      if (actionOrder(own) < actionOrder(answer)) [filter, answer] = [each, own];
      if (!machine.readsCallOnly) readsCallOnly = false;
    }
    return { filter, answer, readsCallOnly };
  }
}

function actionOrder(answer: number): number {
  return (answer & SECCOMP_RET_ACTION_FULL) | 0;
}

/** struct seccomp_data, in words. */
function callData({ cpu: { state } }: LinuxThread, number: number): Int32Array {
  const data = new Int32Array(seccomp_data.size / 4);
  data[seccomp_data.nr / 4] = number;
  data[seccomp_data.arch / 4] = AUDIT_ARCH_X86_64;
  const halves = (word: number, register: number): void => {
    data[word] = state.low32(register);
    data[word + 1] = state.high32(register);
  };
  halves(seccomp_data.instruction_pointer / 4, State.rip / 8);
  ARGUMENT_REGISTERS.forEach((register, index) => halves(seccomp_data.args / 4 + index * 2, register));
  return data;
}
