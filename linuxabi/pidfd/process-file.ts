/** The object behind a pidfd: a process (or one thread of it) that stays the same however numbers are reused. Source: pidfd_open(2). */
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import type { WaitQueue } from '../../kernel/wait-queue.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { LinuxThread } from '../process/thread.ts';

export class ProcessFile extends UnseekableFile {
  readonly process: LinuxProcess;
  /** PIDFD_THREAD: this thread only. */
  readonly thread: LinuxThread | undefined;

  constructor(process: LinuxProcess, thread?: LinuxThread) {
    super();
    this.process = process;
    this.thread = thread;
  }

  get waitQueue(): WaitQueue {
    return this.process.ended;
  }

  /** Source: fs/pidfs.c, pidfd_show_fdinfo. */
  describe(): readonly string[] {
    const { process, thread } = this;
    const number = process.reaped ? -1 : (thread?.tid ?? process.pid);
    return [`Pid:\t${number}\nNSpid:\t${number}\n`];
  }

  read(): number {
    return Status.Invalid;
  }

  write(): number {
    return Status.Invalid;
  }

  /** Readable once it has ended, hung up once its parent has seen it. */
  readiness(): number {
    const { process, thread } = this;
    if (process.reaped) return Ready.Readable | Ready.HangUp;
    return process.exited || thread?.ended === true ? Ready.Readable : 0;
  }
}
