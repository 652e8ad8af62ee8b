/**
 * Which activities were running at some moment, without naming them. An activity is a stretch of work that may hold what
 * `deref` gave it: a slice of a dispatcher, an event of the host. Each enters one of two counters, that of the current
 * generation. To learn that all activities of now have ended, the generations change places: newcomers count in the other
 * one, and when the old counter is at zero, everybody who was inside has gone. Only one change is under way at a time;
 * what is asked for meanwhile waits for the next one.
 */
export type Generation = 0 | 1;

export class Activities {
  readonly #inside: [number, number] = [0, 0];
  #current: Generation = 0;
  /** Actions that wait for the old generation to end; undefined when no change is under way. */
  #ending: (() => void)[] | undefined;
  #next: (() => void)[] = [];

  /** How many activities run now. */
  get running(): number {
    return this.#inside[0] + this.#inside[1];
  }

  /** A new activity; it hands the generation back to `leave`. */
  enter(): Generation {
    this.#inside[this.#current]++;
    return this.#current;
  }

  leave(generation: Generation): void {
    if (this.#inside[generation] === 0) throw new Error('an activity left that never entered');
    this.#inside[generation]--;
    if (this.#ending !== undefined && generation !== this.#current && this.#inside[generation] === 0) this.#ended();
  }

  /** Runs `action` once every activity running now has ended: at once when there is none. */
  afterRunning(action: () => void): void {
    if (this.running === 0) {
      action();
      return;
    }
    this.#next.push(action);
    if (this.#ending === undefined) this.#change();
  }

  #change(): void {
    this.#ending = this.#next;
    this.#next = [];
    const old = this.#current;
    this.#current = old === 0 ? 1 : 0;
    if (this.#inside[old] === 0) this.#ended();
  }

  #ended(): void {
    const actions = this.#ending!;
    this.#ending = undefined;
    for (const action of actions) action();
    if (this.#next.length > 0 && this.#ending === undefined) this.#change();
  }
}
