/** The keys that leave a terminal while its program goes on: `ctrl-p,ctrl-q`, in Docker's words. */
import { UsageError } from '../options.ts';

export const DEFAULT_DETACH_KEYS = 'ctrl-p,ctrl-q';
const CONTROL = /^ctrl-([a-z@[\]^_\\])$/;
const CASE = 0x60;
const CONTROL_MASK = 0x1f;

export class DetachKeys {
  readonly #keys: Uint8Array;
  /** How many of them have been typed. */
  #typed = 0;

  /** Empty: nothing detaches. */
  constructor(keys: string) {
    this.#keys = Uint8Array.from(keys === '' ? [] : keys.split(','), (key) => byteOf(key, keys));
  }

  /** What of the input goes on to the program: the first keys of the sequence wait for the next. 'detach' when it is complete. */
  filter(bytes: Uint8Array): Uint8Array | 'detach' {
    const [first] = this.#keys;
    if (first === undefined || (this.#typed === 0 && !bytes.includes(first))) return bytes;
    const passed: number[] = [];
    for (const byte of bytes) {
      if (byte === this.#keys[this.#typed]) {
        if (++this.#typed === this.#keys.length) return 'detach';
        continue;
      }
      passed.push(...this.#keys.subarray(0, this.#typed));
      this.#typed = byte === first ? 1 : 0;
      if (byte !== first) passed.push(byte);
    }
    return Uint8Array.from(passed);
  }
}

function byteOf(key: string, keys: string): number {
  const control = CONTROL.exec(key)?.[1]?.charCodeAt(0);
  if (control !== undefined) return (control >= CASE ? control - CASE : control) & CONTROL_MASK;
  const [byte, ...more] = Buffer.from(key);
  if (byte === undefined || more.length > 0)
    throw new UsageError(`--detach-keys ${keys}: '${key}' is neither a letter nor ctrl- and one of a-z @ [ ] ^ _ \\`);
  return byte;
}
