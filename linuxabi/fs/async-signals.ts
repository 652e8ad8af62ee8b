/** O_ASYNC: the owner of a description gets a signal when it becomes possible to read or write. Source: fcntl(2), open(2); fs/fcntl.c, kill_fasync. */
import { PipeEnd } from '../../kernel/streams/pipe-end.ts';
import type { WaitQueue, Waiter } from '../../kernel/wait-queue.ts';
import { ENOTTY } from '../abi/errno.ts';
import { O_ASYNC } from '../abi/fcntl.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../abi/poll.ts';
import { POLL_IN, POLL_OUT } from '../abi/signal.ts';
import type { TaskTable } from '../process/task-table.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { Description } from './description.ts';
import type { LinuxFile } from './linux-file.ts';
import { signalEvent } from './owner-signal.ts';
import { pollReadiness } from './readiness.ts';

/** Source: fs/fcntl.c, band_table. */
const IN_BAND = POLLIN | POLLRDNORM;
const OUT_BAND = POLLOUT | POLLWRNORM | POLLWRBAND;

export class AsyncSignals implements Waiter {
  readonly #tasks: TaskTable;
  readonly #description: Description;
  /** The descriptor by which it was asked for: what the signal names. */
  readonly #fd: number;
  readonly #queue: WaitQueue;

  constructor(tasks: TaskTable, description: Description, fd: number) {
    this.#tasks = tasks;
    this.#description = description;
    this.#fd = fd;
    this.#queue = description.file.waitQueue;
    this.#queue.add(this);
  }

  wake(key: number): void {
    this.#queue.add(this);
    const description = this.#description;
    // A socket says for whom a wake is; room to write is told by no signal there.
    if (key !== 0 && (key & IN_BAND) === 0) return;
    const bits = pollReadiness(description);
    const fd = this.#fd;
    if ((bits & (POLLIN | POLLHUP)) !== 0) signalEvent(this.#tasks, description, { fd, code: POLL_IN, band: IN_BAND });
    else if ((bits & POLLOUT) !== 0 && !description.canRead)
      signalEvent(this.#tasks, description, { fd, code: POLL_OUT, band: OUT_BAND });
  }

  end(): void {
    this.#queue.remove(this);
  }
}

function raisesSignals(description: Description): boolean {
  return description.file instanceof PipeEnd || (description.file as LinuxFile).raisesSignals === true;
}

/** Sets the flag, or takes it away: 0, or −ENOTTY for what has no such signals (which F_SETFL passes over). */
export function setAsync(thread: LinuxThread, description: Description, fd: number, wanted: 'on' | 'off'): number {
  const isOn = (description.flags & O_ASYNC) !== 0;
  if (isOn === (wanted === 'on')) return 0;
  if (!raisesSignals(description)) return -ENOTTY;
  description.flags ^= O_ASYNC;
  description.asyncSignals?.end();
  description.asyncSignals = isOn ? undefined : new AsyncSignals(thread.machine.tasks, description, fd);
  return 0;
}
