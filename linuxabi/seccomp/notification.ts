/** A call that a filter leaves to a supervisor, on its way there and back. Source: seccomp_unotify(2); kernel/seccomp.c, struct seccomp_knotif. */
import { WaitQueue } from '../../kernel/wait-queue.ts';
import type { LinuxThread } from '../process/thread.ts';

export class Notification {
  /** A cookie: 64 bits. */
  readonly id: bigint;
  readonly thread: LinuxThread;
  /** struct seccomp_data */
  readonly data: Uint8Array;
  /** The supervisor has been told of it; it has answered. */
  state: 'waiting' | 'told' | 'answered' = 'waiting';
  /** The call's result. */
  result = 0;
  /** The call is carried out after all. */
  continues = false;
  /** The thread that made the call waits here. */
  readonly waitQueue = new WaitQueue();

  constructor(id: bigint, thread: LinuxThread, data: Uint8Array) {
    this.id = id;
    this.thread = thread;
    this.data = data;
  }

  answer(result: number, decision: 'in its place' | 'carry it out' = 'in its place'): void {
    this.state = 'answered';
    this.result = result;
    this.continues = decision === 'carry it out';
    this.waitQueue.wake();
  }
}
