/**
 * Guest code as the translator reads it: every page it looks at is marked as code, so that the engine hears of changes.
 * Code that can't be watched (shared frames, above 4 GiB) is not shown, nor is an instruction with a breakpoint.
 */
import { DIRECT_LIMIT, PAGE_SIZE, guestAddress } from './address.ts';
import type { CodeCache } from './interpret/code-cache.ts';
import { Access, Permission } from './memory/guest-memory.ts';
import type { PagedMemory } from './memory/paged-memory.ts';
import type { CodeHistory, CodeSource } from './translate/translator.ts';
import type { Processor } from './processor.ts';
import { MAX_INSTRUCTION_LENGTH } from './x86/decode.ts';
import type { Instruction } from './x86/instruction.ts';

export class GuestCode implements CodeSource {
  readonly #memory: PagedMemory;
  readonly #processor: Processor;
  readonly history: CodeHistory;
  readonly #window = new Uint8Array(MAX_INSTRUCTION_LENGTH);

  constructor(memory: PagedMemory, cache: CodeCache) {
    this.#processor = cache.processor;
    this.#memory = memory;
    this.history = {
      isReached: (address) => cache.isReached(address),
      isPassed: (address) => cache.isPassed(address),
      isFunction: (address) => cache.functions.has(address),
      functionBefore: (address) => cache.functions.before(address),
    };
  }

  decode(address: number): Instruction | undefined {
    if (address + MAX_INSTRUCTION_LENGTH > DIRECT_LIMIT) return undefined;
    const inPage = Math.min(MAX_INSTRUCTION_LENGTH, PAGE_SIZE - (address % PAGE_SIZE));
    const start = this.#window.subarray(0, inPage);
    if (this.#memory.fetch(guestAddress(address), start) < inPage) return undefined;
    let instruction = this.#processor.decode(start, 0, guestAddress(address));
    if (typeof instruction === 'number' && inPage < MAX_INSTRUCTION_LENGTH) {
      // It may run into the next page.
      const length = this.#memory.fetch(guestAddress(address), this.#window);
      instruction = this.#processor.decode(this.#window.subarray(0, length), 0, guestAddress(address));
    }
    if (typeof instruction === 'number' || this.#hasBreakpoint(address, instruction.length)) return undefined;
    return this.#mark(address, instruction.length) ? instruction : undefined;
  }

  bytes(address: number, length: number): Uint8Array | undefined {
    if (address + length > DIRECT_LIMIT || this.#hasBreakpoint(address, length)) return undefined;
    const bytes = new Uint8Array(length);
    if (this.#memory.fetch(guestAddress(address), bytes) < length) return undefined;
    return this.#mark(address, length) ? bytes : undefined;
  }

  data(address: number, length: number): Uint8Array | undefined {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const at = guestAddress(address + done);
      const count = Math.min(length - done, PAGE_SIZE - (at % PAGE_SIZE));
      const page = guestAddress(at - (at % PAGE_SIZE));
      if (!((this.#memory.permissionsOf(page) ?? 0) & Permission.Read)) return undefined;
      const start = at - page;
      bytes.set(this.#memory.pageBytes(page, Access.Read)!.subarray(start, start + count), done);
      done += count;
    }
    return bytes;
  }

  #hasBreakpoint(address: number, length: number): boolean {
    const { breakpoints } = this.#memory;
    return breakpoints.size > 0 && breakpoints.isIn(address, address + length);
  }

  #mark(address: number, length: number): boolean {
    for (let page = address - (address % PAGE_SIZE); page < address + length; page += PAGE_SIZE) {
      if (this.#memory.markCode(guestAddress(page)) === 'uncacheable') return false;
    }
    return true;
  }
}
