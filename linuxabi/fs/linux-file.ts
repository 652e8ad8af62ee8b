/** What an OpenFile may offer to Linux beyond the kernel's interface: things that depend on who calls. */
import type { GuestAddress } from '../../cpu/address.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { Description } from './description.ts';
import type { Segment } from './transfer.ts';

export interface LinuxFile extends OpenFile {
  /** Its owner can be told by signals when reading or writing becomes possible (O_ASYNC). */
  readonly raisesSignals?: boolean;
  /** Whether the caller may transfer now (job control): 0 or −errno. */
  checkTransfer?(thread: LinuxThread, direction: 'read' | 'write'): number;
  /** A process (the machine's actor) has closed one of the descriptors that lead here. */
  descriptorClosed?(): void;
  /** Lines of /proc/PID/fdinfo/N that are particular to its kind. */
  describe?(): readonly string[];
  /** ioctl(2) requests of its own: a result, or −ENOTTY. */
  ioctl?(thread: LinuxThread, request: number, argument: GuestAddress): number;
  /** Reads and writes with rules of its own (time limits, errors of a connection): the call's result, waits included. */
  transferIn?(thread: LinuxThread, description: Description, segments: readonly Segment[]): number;
  transferOut?(thread: LinuxThread, description: Description, segments: readonly Segment[]): number;
  /** Takes bytes in a caller's name, without waiting (sendfile): the count or a Status. */
  writeFor?(thread: LinuxThread, bytes: Uint8Array): number;
  /** A file of a tree that is not always ready, so that epoll can watch it. */
  readonly canBeWatched?: boolean;
  /** POLL* bits that hold now, where `readiness` says too little. */
  pollBits?(): number;
}
