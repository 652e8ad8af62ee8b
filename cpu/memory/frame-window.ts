/** A page of one guest memory that shows a frame: below 4 GiB it has the frame's bytes in place while frame.ts lets it. */
import { PAGE_SIZE } from '../address.ts';
import type { Arena } from './arena.ts';
import type { Frame, FramePlace } from './frame.ts';
import { Access, Permission } from './guest-memory.ts';

export class FrameWindow implements FramePlace {
  readonly frame: Frame;
  readonly #arena: Arena;
  readonly #page: number;
  readonly #withdrawn: (page: number) => void;

  /** `withdrawn`: less than before may be done in place. */
  constructor(frame: Frame, arena: Arena, page: number, withdrawn: (page: number) => void) {
    this.frame = frame;
    this.#arena = arena;
    this.#page = page;
    this.#withdrawn = withdrawn;
  }

  /** Makes the bytes in place fit for the access. */
  open(access: Access): void {
    this.#arena.touch(this.#page);
    this.frame.bring(this, access);
  }

  close(): void {
    this.frame.leave(this);
  }

  bytes(): Uint8Array {
    const start = this.#page * PAGE_SIZE;
    return this.#arena.bytes.subarray(start, start + PAGE_SIZE);
  }

  /** Never to execute in place: nobody could tell of changes to the code. */
  allow(access: Access | 0): void {
    const { table } = this.#arena;
    const fast = access === Access.Write ? Permission.Read | Permission.Write : access;
    const before = table.entries[this.#page]!;
    table.allow(this.#page, fast);
    if (before & ~table.entries[this.#page]!) this.#withdrawn(this.#page);
  }
}
