/**
 * A shared page frame: 4 KiB that several guest memories map at once. Generated code reaches only what is in place in its own
 * memory, so a memory that uses a frame has its bytes in place there: any number of memories to read, or one to write. The next that
 * wants to write takes the bytes from all others; the next that wants to read leaves the writer with reading. As one guest runs at a
 * time, nobody can see that there are copies.
 *
 * While a memory may write in place, `home` is behind: both accessors bring it up to date.
 */
import { Access } from './guest-memory.ts';

/** A page of a guest memory that has, or wants, a frame's bytes in place. */
export interface FramePlace {
  /** The page's bytes there: PAGE_SIZE of them. */
  bytes(): Uint8Array;
  /** What may be done in place from now on; more only within `Frame.bring`. */
  allow(access: Access | 0): void;
}

export class Frame {
  readonly #home: Uint8Array;
  #writer: FramePlace | undefined;
  #readers: FramePlace[] = [];

  /** `home`: PAGE_SIZE bytes outside every guest memory. */
  constructor(home: Uint8Array) {
    this.#home = home;
  }

  /** The content as it is now; to use at once and not to change. */
  forReading(): Uint8Array {
    if (this.#writer !== undefined) this.#home.set(this.#writer.bytes());
    return this.#home;
  }

  /** The content, to change at once: nobody has it in place afterwards. */
  forWriting(): Uint8Array {
    const home = this.forReading();
    this.#writer?.allow(0);
    this.#writer = undefined;
    for (const reader of this.#readers) reader.allow(0);
    this.#readers = [];
    return home;
  }

  /** Brings the bytes into a place. Who reads and is alone may write as well. */
  bring(place: FramePlace, access: Access): void {
    if (this.#writer === place) return place.allow(Access.Write);
    if (access !== Access.Write && (this.#writer !== undefined || this.#readers.length > 0)) this.#share(place);
    else this.#give(place);
  }

  /** The place is given up: the frame is not mapped there any more. */
  leave(place: FramePlace): void {
    if (this.#writer === place) this.forWriting();
    else this.#readers = this.#readers.filter((reader) => reader !== place);
  }

  #give(place: FramePlace): void {
    const isThere = this.#readers.includes(place);
    const home = this.forWriting();
    if (!isThere) place.bytes().set(home);
    this.#writer = place;
    place.allow(Access.Write);
  }

  #share(place: FramePlace): void {
    if (!this.#readers.includes(place)) {
      place.bytes().set(this.forReading());
      this.#readers.push(place);
    }
    if (this.#writer !== undefined) {
      this.#writer.allow(Access.Read);
      this.#readers.push(this.#writer);
      this.#writer = undefined;
    }
    place.allow(Access.Read);
  }
}
