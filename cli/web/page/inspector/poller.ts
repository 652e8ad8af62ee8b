/** Asks again and again, as long as somebody looks: one question at a time. */
export class Poller {
  readonly #ask: () => Promise<void>;
  readonly #everyMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOn = false;
  #isAsking = false;

  constructor(everyMs: number, ask: () => Promise<void>) {
    this.#everyMs = everyMs;
    this.#ask = ask;
    document.addEventListener('visibilitychange', () => void this.now());
  }

  start(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    void this.now();
  }

  stop(): void {
    this.#isOn = false;
    clearTimeout(this.#timer);
  }

  /** Does not wait for the next time. */
  async now(): Promise<void> {
    if (!this.#isOn || this.#isAsking || document.visibilityState === 'hidden') return;
    clearTimeout(this.#timer);
    this.#isAsking = true;
    try {
      await this.#ask();
    } catch {
      // The link is lost, which is shown elsewhere.
    }
    this.#isAsking = false;
    this.#timer = setTimeout(() => void this.now(), this.#everyMs);
  }
}
