/** The machine's log as programs see it: what syslog(2) reads. Source: syslog(2); kernel/printk/printk.c, print_prefix. */
import { bytesFromString } from '../../kernel/byte-string.ts';

/** As a kernel with CONFIG_LOG_BUF_SHIFT=17 has it. */
export const LOG_BUFFER_BYTES = 131_072;

/** Priority of what the machine has to say: warning. */
const WARNING = 4;
const NS_PER_US = 1000;
const US_PER_SECOND = 1_000_000;

export class KernelLog {
  /** Lines with their priorities, the oldest first. */
  readonly #lines: Uint8Array[] = [];
  #bytes = 0;
  /** Index of the first line after the last CLEAR. */
  #clearedUpTo = 0;
  /** Of what READ has not given out yet: the first line, and bytes of it that are gone. */
  #unread = { line: 0, offset: 0 };

  append(text: string, sinceBootNs: number): void {
    const us = Math.floor(sinceBootNs / NS_PER_US);
    const seconds = String(Math.floor(us / US_PER_SECOND)).padStart(5);
    const stamp = `${seconds}.${String(us % US_PER_SECOND).padStart(6, '0')}`;
    // oxlint-disable-next-line no-control-regex
    const line = bytesFromString(`<${WARNING}>[${stamp}] ${text.replace(/[^\x20-\x7e]/g, '?')}\n`);
    this.#lines.push(line);
    this.#bytes += line.length;
    while (this.#bytes > LOG_BUFFER_BYTES) this.#dropOldest();
  }

  #dropOldest(): void {
    this.#bytes -= this.#lines.shift()!.length;
    this.#clearedUpTo = Math.max(0, this.#clearedUpTo - 1);
    const { line, offset } = this.#unread;
    this.#unread = line === 0 ? { line: 0, offset: 0 } : { line: line - 1, offset };
  }

  get unreadBytes(): number {
    const { line, offset } = this.#unread;
    return this.#lines.slice(line).reduce((sum, { length }) => sum + length, -offset);
  }

  /** Takes up to `limit` bytes of what has not been read. */
  take(limit: number): Uint8Array {
    const { line, offset } = this.#unread;
    const first = this.#lines[line];
    if (first === undefined) return new Uint8Array();
    const part = first.subarray(offset, offset + limit);
    const end = offset + part.length;
    this.#unread = end === first.length ? { line: line + 1, offset: 0 } : { line, offset: end };
    return part;
  }

  /** The last whole lines that fit, of those after the last `clear`. */
  last(limit: number): readonly Uint8Array[] {
    let room = limit;
    let from = this.#lines.length;
    while (from > this.#clearedUpTo && this.#lines[from - 1]!.length <= room) room -= this.#lines[--from]!.length;
    return this.#lines.slice(from);
  }

  clear(): void {
    this.#clearedUpTo = this.#lines.length;
  }
}
