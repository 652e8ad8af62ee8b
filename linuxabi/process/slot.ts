/**
 * What a process holds and fork deals with one by one: address space, descriptors, file context, signal handlers. Each
 * slot knows how to copy itself; clone's flags choose between copy and share (process/fork.ts walks them).
 */
export interface ProcessSlot<Self> {
  /** A copy of its own, as fork makes it; the caller is its only holder. */
  fork(): Self;
  /** One more holder of this same object (CLONE_VM, CLONE_FILES, CLONE_FS, CLONE_SIGHAND). */
  share(): Self;
  /** One holder fewer; the last one frees what it holds. */
  release(): void;
}
