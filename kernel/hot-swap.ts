/**
 * Hot swap: another implementation takes the place of a live object, with its data, while it is in use. Phases:
 *   forward  – a mediator (mediator.ts) takes the object's place; calls go through and are counted, until every activity
 *              from before has ended: nobody then holds the object itself;
 *   block    – new calls wait, those inside finish;
 *   transfer – the old object exports its state in the best common format, the new one imports it (transfer.ts);
 *   complete – the reference leads to the new object, those who waited go on.
 * With no activity and no call inside, all four pass in one go. A deadline, a cycle of calls, a missing format or a
 * throw ends the swap as Aborted, and the old object goes on as if nothing had been.
 */
import type { Factory, FactoryRegistry } from './factory.ts';
import { createMediator } from './mediator.ts';
import type { MediatedSwap, SwapProtocol } from './mediator.ts';
import type { Reference } from './reference.ts';
import { Timer } from './timer.ts';
import type { TimerQueue } from './timer.ts';
import { commonFormat, isTransferable } from './transfer.ts';

export const SwapPhase = { Forward: 0, Block: 1, Transfer: 2, Complete: 3, Aborted: 4 } as const;
export type SwapPhase = (typeof SwapPhase)[keyof typeof SwapPhase];

/** What happens to a swap that has not come to its end by then. */
export const SWAP_TIMEOUT_NS = 100_000_000;

export interface SwapContext {
  readonly factories: FactoryRegistry;
  readonly timers: TimerQueue;
  readonly nowNs: () => number;
}

export interface SwapRequest<T extends object> {
  readonly reference: Reference<T>;
  readonly protocol: SwapProtocol;
  /** The implementation that takes over. */
  readonly factory: { takeOver(reference: Reference<T>): void };
  /** Its object that is to import the state of `old`; may throw. */
  successor(old: T): T;
  readonly timeoutNs?: number;
  /** Told when nobody is inside any more, and when the swap was aborted. Absent: the swap goes on to its end by itself. */
  readonly conductor?: SwapConductor;
}

/** Brings several swaps to their end together (upgrade.ts). */
export interface SwapConductor {
  quiet(): void;
  aborted(reason: string): void;
}

/** One swap, from its start to Complete or Aborted. */
export class Swap<T extends object> implements MediatedSwap {
  readonly object: T;
  /** Why it was aborted. */
  reason = '';
  /** Told once, when it is Complete or Aborted. */
  onEnd: (swap: Swap<T>) => void = () => {};
  readonly #context: SwapContext;
  readonly #request: SwapRequest<T>;
  readonly #timer: Timer;
  #phase: SwapPhase = SwapPhase.Forward;
  #inside = 0;
  #successor: T | undefined;

  constructor(context: SwapContext, request: SwapRequest<T>) {
    this.#context = context;
    this.#request = request;
    this.object = request.reference.target;
    this.#timer = new Timer(() => this.abort('timed out'));
  }

  get phase(): SwapPhase {
    return this.#phase;
  }

  get blocks(): boolean {
    return this.#phase === SwapPhase.Block;
  }

  /** Begins the forward phase; from here on everything happens by itself. */
  start(): void {
    const { reference, protocol, timeoutNs = SWAP_TIMEOUT_NS } = this.#request;
    if (reference.pendingSwap !== undefined) {
      this.#phase = SwapPhase.Aborted;
      this.reason = 'another swap is under way';
      this.#request.conductor?.aborted(this.reason);
      return;
    }
    reference.pendingSwap = this;
    reference.target = createMediator(protocol, this) as T;
    this.#context.timers.arm(this.#timer, this.#context.nowNs() + timeoutNs);
    this.#enter(SwapPhase.Forward);
    this.#context.factories.table.activities.afterRunning(() => this.#block());
  }

  /** A call that can't wait, or a conductor, calls the swap off. */
  abort(reason = 'a call could not wait'): void {
    if (this.#phase === SwapPhase.Complete || this.#phase === SwapPhase.Aborted) return;
    this.reason = reason;
    this.#end(SwapPhase.Aborted, this.object);
    this.#request.conductor?.aborted(reason);
  }

  entered(): void {
    this.#inside++;
  }

  left(): void {
    if (--this.#inside === 0 && this.#phase === SwapPhase.Block) this.#quiet();
  }

  /** Blocked, and nobody is inside: the state may be transferred. */
  get isQuiet(): boolean {
    return this.#phase === SwapPhase.Block && this.#inside === 0;
  }

  /** Transfers the state of a quiet object; false when that failed and the swap is off. */
  transfer(): boolean {
    this.#enter(SwapPhase.Transfer);
    try {
      this.#successor = this.#makeSuccessor();
      return true;
    } catch (failure) {
      this.abort(failure instanceof Error ? failure.message : String(failure));
      return false;
    }
  }

  /** After a transfer: the new object takes its place. */
  complete(): void {
    this.#request.factory.takeOver(this.#request.reference);
    this.#end(SwapPhase.Complete, this.#successor!);
  }

  #enter(phase: SwapPhase): void {
    this.#phase = phase;
    this.#context.factories.trace.swapPhase(this.#request.reference.id, phase, this.#inside);
  }

  #block(): void {
    if (this.#phase !== SwapPhase.Forward) return;
    this.#enter(SwapPhase.Block);
    if (this.#inside === 0) this.#quiet();
  }

  #quiet(): void {
    const { conductor } = this.#request;
    if (conductor !== undefined) conductor.quiet();
    else if (this.transfer()) this.complete();
  }

  #makeSuccessor(): T {
    const { protocol } = this.#request;
    const successor = this.#request.successor(this.object);
    const has = (object: object, name: string): boolean =>
      typeof (object as Record<string, unknown>)[name] === 'function';
    const missing = Object.keys(protocol.methods).filter((name) => has(this.object, name) && !has(successor, name));
    if (missing.length > 0) throw new Error(`the new object lacks ${missing.join(', ')}`);
    transferState(this.object, successor);
    return successor;
  }

  #end(phase: SwapPhase, object: T): void {
    const { reference, protocol } = this.#request;
    this.#enter(phase);
    this.#context.timers.cancel(this.#timer);
    reference.pendingSwap = undefined;
    reference.target = object;
    protocol.wakeBlocked?.(this.object);
    this.onEnd(this);
  }
}

/** Hands the state over in the best common format; throws when there is none, or the new object refuses it. */
function transferState(from: object, to: object): void {
  if (!isTransferable(from) || !isTransferable(to)) throw new Error('the state can not be transferred');
  const format = commonFormat(from, to);
  if (format === undefined) throw new Error('no common transfer format');
  to.importState(format, from.exportState(format));
}

/**
 * A swap that kernel code makes itself inside one call, between two calls on the object: nothing is on its way, so it needs no
 * phases. A swap that is under way is called off.
 */
export function swapNow<T extends object, A extends readonly unknown[]>(
  reference: Reference<T>,
  factory: Factory<T, A>,
): void {
  reference.pendingSwap?.abort();
  const old = reference.target;
  const { description } = factory;
  const successor = description.successor?.(old);
  if (successor === undefined) throw new Error(`${description.implementation} takes over from nobody`);
  transferState(old, successor);
  reference.target = successor;
  factory.takeOver(reference);
}
