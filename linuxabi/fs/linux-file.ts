/** What an OpenFile may offer to Linux beyond the kernel's interface: things that depend on who calls. */
import type { GuestAddress } from '../../cpu/address.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import type { LinuxThread } from '../process/thread.ts';

export interface LinuxFile extends OpenFile {
  /** Whether the caller may transfer now (job control): 0 or −errno. */
  checkTransfer?(thread: LinuxThread, direction: 'read' | 'write'): number;
  /** ioctl(2) requests of its own: a result, or −ENOTTY. */
  ioctl?(thread: LinuxThread, request: number, argument: GuestAddress): number;
}
