/** Keeps Node from ending while programs run: a machine whose programs only sleep leaves it nothing to wait for. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class KeepAlive {
  #holds = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Node stays until the answer is called. */
  hold(): () => void {
    if (this.#holds++ === 0) this.#timer = setInterval(() => undefined, LONGEST_TIMER_MS);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.#holds === 0) clearInterval(this.#timer);
    };
  }
}
