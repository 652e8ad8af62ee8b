/** Told of tasks that begin, exec and end: adapters keep accounts that must follow them. */
import type { LinuxProcess } from './process.ts';
import type { LinuxThread } from './thread.ts';

export interface TaskListener {
  /** A new process; `cloneFlags` say what it shares with its parent. */
  forked?(parent: LinuxThread, child: LinuxProcess, cloneFlags: number): void;
  /** A thread of the same process. */
  threadStarted?(parent: LinuxThread, child: LinuxThread, cloneFlags: number): void;
  /** The process has left its old program behind. */
  executed?(thread: LinuxThread): void;
  threadEnded?(thread: LinuxThread): void;
  /** The thread shares what these clone flags name with nobody any more. */
  unshared?(thread: LinuxThread, cloneFlags: number): void;
  /** The last trace of a process has gone: its number may be given out again. */
  reaped?(process: LinuxProcess): void;
}

export class TaskEvents implements Required<TaskListener> {
  readonly #listeners: TaskListener[] = [];

  listen(listener: TaskListener): void {
    this.#listeners.push(listener);
  }

  forked(parent: LinuxThread, child: LinuxProcess, cloneFlags: number): void {
    for (const listener of this.#listeners) listener.forked?.(parent, child, cloneFlags);
  }

  threadStarted(parent: LinuxThread, child: LinuxThread, cloneFlags: number): void {
    for (const listener of this.#listeners) listener.threadStarted?.(parent, child, cloneFlags);
  }

  executed(thread: LinuxThread): void {
    for (const listener of this.#listeners) listener.executed?.(thread);
  }

  threadEnded(thread: LinuxThread): void {
    for (const listener of this.#listeners) listener.threadEnded?.(thread);
  }

  unshared(thread: LinuxThread, cloneFlags: number): void {
    for (const listener of this.#listeners) listener.unshared?.(thread, cloneFlags);
  }

  reaped(process: LinuxProcess): void {
    for (const listener of this.#listeners) listener.reaped?.(process);
  }
}
