/**
 * Shared page frames: 4 KiB pages that several guest memories can map at once (MAP_SHARED, SysV shared memory).
 * They live in common shared WebAssembly memories, outside every address space, so that engines on other threads and
 * generated code can reach them too.
 */
import { PAGE_SIZE } from '../address.ts';
import { Frame } from './frame.ts';

const WASM_PAGE = 0x10000;
const FRAMES_PER_GROWTH = WASM_PAGE / PAGE_SIZE;
/** 1 GiB of frames per Wasm memory: the reservation is virtual, the memory grows as frames are asked for. */
const MAX_WASM_PAGES = 0x4000;

export class FrameStore {
  readonly #free: Frame[] = [];
  #memory: WebAssembly.Memory | undefined;
  #wasmPages = 0;
  #live = 0;

  /** A frame of zeroes. */
  allocate(): Frame {
    if (this.#free.length === 0) this.#grow();
    this.#live++;
    return this.#free.pop()!;
  }

  /** Takes a frame back; nothing may map it any more. */
  release(frame: Frame): void {
    frame.forWriting().fill(0);
    this.#live--;
    this.#free.push(frame);
  }

  /** Frames handed out and not yet released. */
  get live(): number {
    return this.#live;
  }

  #grow(): void {
    if (this.#memory === undefined || this.#wasmPages === MAX_WASM_PAGES) {
      this.#memory = new WebAssembly.Memory({ initial: 0, maximum: MAX_WASM_PAGES, shared: true });
      this.#wasmPages = 0;
    }
    this.#memory.grow(1);
    const start = this.#wasmPages++ * WASM_PAGE;
    for (let i = FRAMES_PER_GROWTH - 1; i >= 0; i--) {
      this.#free.push(new Frame(new Uint8Array(this.#memory.buffer, start + i * PAGE_SIZE, PAGE_SIZE)));
    }
  }
}
