/**
 * Shared page frames: 4 KiB pages that several guest memories can map at once (MAP_SHARED, SysV shared memory).
 * They live in common shared WebAssembly memories, outside every address space.
 */
export interface Frame {
  /** The frame's PAGE_SIZE bytes. */
  readonly bytes: Uint8Array;
}
