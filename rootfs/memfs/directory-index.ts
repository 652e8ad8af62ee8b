/**
 * The order of a directory's names. Each name gets a cookie when it is added, ever growing, so a reader that goes on after a
 * cookie sees every name that stayed exactly once, whatever comes and goes meanwhile (getdents, seekdir).
 */
import type { ByteString } from '../../kernel/byte-string.ts';

interface Slot {
  readonly cookie: number;
  /** Undefined once removed; such slots are swept out when they are the majority. */
  name: ByteString | undefined;
}

export class DirectoryIndex {
  #slots: Slot[] = [];
  readonly #byName = new Map<ByteString, Slot>();
  #lastCookie = 0;

  get size(): number {
    return this.#byName.size;
  }

  has(name: ByteString): boolean {
    return this.#byName.has(name);
  }

  add(name: ByteString): void {
    const slot = { cookie: ++this.#lastCookie, name };
    this.#slots.push(slot);
    this.#byName.set(name, slot);
  }

  remove(name: ByteString): void {
    const slot = this.#byName.get(name);
    if (slot === undefined) return;
    slot.name = undefined;
    this.#byName.delete(name);
    if (this.#slots.length > 32 && this.#byName.size * 2 < this.#slots.length) {
      this.#slots = this.#slots.filter((each) => each.name !== undefined);
    }
  }

  /** Names after a cookie, in order, at most `limit`. */
  after(cookie: number, limit: number): { name: ByteString; cookie: number }[] {
    const found: { name: ByteString; cookie: number }[] = [];
    for (let i = this.#firstAfter(cookie); i < this.#slots.length && found.length < limit; i++) {
      const slot = this.#slots[i]!;
      if (slot.name !== undefined) found.push({ name: slot.name, cookie: slot.cookie });
    }
    return found;
  }

  #firstAfter(cookie: number): number {
    let low = 0;
    let high = this.#slots.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#slots[middle]!.cookie <= cookie) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
