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
  #actions: SignalAction[];
  #holders = 1;

  constructor(actions?: readonly SignalAction[]) {
    this.#actions = actions === undefined ? Array.from({ length: _NSIG + 1 }, () => DEFAULT_ACTION) : [...actions];
  }

  get(signal: number): SignalAction {
    return this.#actions[signal]!;
  }

  set(signal: number, action: SignalAction): void {
    this.#actions[signal] = action;
  }

  resetToDefault(signal: number): void {
    this.#actions[signal] = DEFAULT_ACTION;
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
    own.#actions = own.#actions.map((action) =>
      action.handler === SIG_IGN ? { ...DEFAULT_ACTION, handler: SIG_IGN } : DEFAULT_ACTION,
    );
    return own;
  }

  /** Others, where only what is ignored has stayed. */
  withoutHandlers(): SignalActions {
    return new SignalActions(
      this.#actions.map((action) =>
        action.handler === SIG_IGN ? { ...DEFAULT_ACTION, handler: SIG_IGN } : DEFAULT_ACTION,
      ),
    );
  }

  get isShared(): boolean {
    return this.#holders > 1;
  }

  fork(): SignalActions {
    return new SignalActions(this.#actions);
  }

  share(): SignalActions {
    this.#holders++;
    return this;
  }

  release(): void {
    this.#holders--;
  }
}
