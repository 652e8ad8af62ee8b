/** What a process does on each signal. Shared between processes by CLONE_SIGHAND. Source: sigaction(2), signal(7). */
import type { ProcessSlot } from '../process/slot.ts';
import { SIGCONT, SIGCHLD, SIGURG, SIGWINCH, SIG_DFL, SIG_IGN, _NSIG } from '../abi/signal.ts';
import { SignalSet } from './signal-set.ts';

export interface SignalAction {
  /** SIG_DFL, SIG_IGN or the handler's address. */
  readonly handler: number;
  readonly flags: number;
  readonly restorer: number;
  /** Blocked while the handler runs. */
  readonly mask: SignalSet;
}

const DEFAULT_ACTION: SignalAction = { handler: SIG_DFL, flags: 0, restorer: 0, mask: new SignalSet() };
const IGNORED_BY_DEFAULT: readonly number[] = [SIGCHLD, SIGURG, SIGWINCH, SIGCONT];

export class SignalActions implements ProcessSlot<SignalActions> {
  /** Signals with SIG_IGN, and signals with a handler. */
  readonly ignored = new SignalSet();
  readonly caught = new SignalSet();
  #actions: SignalAction[];
  #holders = 1;

  constructor(from?: SignalActions) {
    this.#actions = from === undefined ? Array.from({ length: _NSIG + 1 }, () => DEFAULT_ACTION) : [...from.#actions];
    if (from === undefined) return;
    this.ignored.assign(from.ignored);
    this.caught.assign(from.caught);
  }

  get(signal: number): SignalAction {
    return this.#actions[signal]!;
  }

  set(signal: number, action: SignalAction): void {
    const { handler } = action;
    this.#actions[signal] = action;
    this.ignored.delete(signal);
    this.caught.delete(signal);
    if (handler === SIG_IGN) this.ignored.add(signal);
    else if (handler !== SIG_DFL) this.caught.add(signal);
  }

  resetToDefault(signal: number): void {
    this.set(signal, DEFAULT_ACTION);
  }

  /** Sending such a signal changes nothing (unless it is blocked: then it waits). */
  ignores(signal: number): boolean {
    const { handler } = this.#actions[signal]!;
    return handler === SIG_IGN || (handler === SIG_DFL && IGNORED_BY_DEFAULT.includes(signal));
  }

  /** execve: handlers go, ignored signals stay ignored. */
  afterExec(): SignalActions {
    const own = this.#holders > 1 ? this.fork() : this;
    if (own !== this) this.release();
    own.#dropHandlers();
    return own;
  }

  /** Others, where only what is ignored has stayed. */
  withoutHandlers(): SignalActions {
    const own = this.fork();
    own.#dropHandlers();
    return own;
  }

  #dropHandlers(): void {
    this.#actions = this.#actions.map((action) =>
      action.handler === SIG_IGN ? { ...DEFAULT_ACTION, handler: SIG_IGN } : DEFAULT_ACTION,
    );
    this.caught.assign(new SignalSet());
  }

  get isShared(): boolean {
    return this.#holders > 1;
  }

  fork(): SignalActions {
    return new SignalActions(this);
  }

  share(): SignalActions {
    this.#holders++;
    return this;
  }

  release(): void {
    this.#holders--;
  }
}
