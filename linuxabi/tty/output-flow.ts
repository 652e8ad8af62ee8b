/**
 * Whether a terminal's output flows. The user stops and starts it with characters (IXON), programs with tcflow(3); what a program has stopped
 * only a program starts again. Source: drivers/tty/tty_io.c, stop_tty; drivers/tty/tty_ioctl.c, TCXONC.
 */
export type FlowState = 'stopped' | 'running';

export class OutputFlow {
  readonly #changed: (state: FlowState) => void;
  #stopped = false;
  #byProgram = false;

  constructor(changed: (state: FlowState) => void) {
    this.#changed = changed;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Stopped, and the user's characters can start it. */
  get stoppedByUser(): boolean {
    return this.#stopped && !this.#byProgram;
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#changed('stopped');
  }

  start(): void {
    if (!this.stoppedByUser) return;
    this.#stopped = false;
    this.#changed('running');
  }

  programStops(): void {
    if (this.#byProgram) return;
    this.#byProgram = true;
    this.stop();
  }

  programStarts(): void {
    if (!this.#byProgram) return;
    this.#byProgram = false;
    this.start();
  }

  reset(): void {
    this.#stopped = this.#byProgram = false;
  }
}
