/** Where shared frames come from: the CPU's frame store, injected. */
import type { Frame } from '../../cpu/memory/frame.ts';

export interface FrameSource {
  /** A zero-filled frame; undefined when there is no memory left. */
  allocate(): Frame | undefined;
  release(frame: Frame): void;
}
