/** How a thread is scheduled: policy, priorities, and what of them its children get. Source: sched(7), ioprio_set(2). */
import { Band, NORMAL_WEIGHT } from '../../kernel/dispatcher.ts';
import type { Dispatcher } from '../../kernel/dispatcher.ts';
import { SCHED_DEADLINE, SCHED_FIFO, SCHED_IDLE, SCHED_NORMAL, SCHED_RR } from '../abi/sched.ts';

export const isRealTime = (policy: number): boolean => policy === SCHED_FIFO || policy === SCHED_RR;

/** Times of SCHED_DEADLINE in nanoseconds. */
export interface DeadlineTimes {
  readonly runtimeNs: number;
  readonly deadlineNs: number;
  readonly periodNs: number;
}

const NO_TIMES: DeadlineTimes = { runtimeNs: 0, deadlineNs: 0, periodNs: 0 };

/** A step of nice is a quarter more or less of the processor. Source: kernel/sched/core.c, sched_prio_to_weight. */
function weightOfNice(nice: number): number {
  return NORMAL_WEIGHT / 1.25 ** nice;
}

export class ThreadScheduling {
  readonly #dispatcher: Dispatcher;
  #policy: number = SCHED_NORMAL;
  #nice = 0;
  /** 1..99 for the real-time policies, else 0. */
  priority = 0;
  times = NO_TIMES;
  /** Children start with the plain policy. */
  resetsOnFork = false;
  /** As ioprio_get answers it. */
  ioPriority = 0;

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  get policy(): number {
    return this.#policy;
  }

  /** Real-time work goes first, idle work runs only when nobody else would. */
  set policy(policy: number) {
    this.#policy = policy;
    const urgent = isRealTime(policy) || policy === SCHED_DEADLINE;
    this.#dispatcher.band = urgent ? Band.SoftRealTime : policy === SCHED_IDLE ? Band.Background : Band.TimeShare;
  }

  get nice(): number {
    return this.#nice;
  }

  set nice(nice: number) {
    this.#nice = nice;
    this.#dispatcher.weight = weightOfNice(nice);
  }

  /** A new thread's, from its creator's. Source: kernel/sched/core.c, sched_fork. */
  inherit(from: ThreadScheduling): void {
    this.ioPriority = from.ioPriority;
    const resets = from.resetsOnFork;
    this.policy = resets && from.policy !== SCHED_IDLE ? SCHED_NORMAL : from.policy;
    this.priority = resets ? 0 : from.priority;
    this.times = resets ? NO_TIMES : from.times;
    this.nice = resets ? Math.max(0, from.nice) : from.nice;
  }
}
