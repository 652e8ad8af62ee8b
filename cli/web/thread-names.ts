/** Who is who in a recording: threads by number and by dispatcher, those too that come and go while it lasts. */
import { toHostString } from '../../kernel/byte-string.ts';
import type { Machine } from '../../linuxabi/machine.ts';
import type { LinuxThread } from '../../linuxabi/process/thread.ts';
import type { SyscallTracer } from '../../linuxabi/strace.ts';

export interface ThreadName {
  readonly tid: number;
  readonly pid: number;
  readonly name: string;
}

export class ThreadNames implements SyscallTracer {
  readonly #byTid = new Map<number, ThreadName>();
  readonly #byDispatcher = new Map<number, number>();
  readonly #ends = new Map<number, number>();
  readonly #machine: Machine;
  readonly #remove: () => void;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#remove = machine.addTracer(this);
  }

  /** Those that live now are asked for their names now. */
  stop(): void {
    this.#remove();
    for (const thread of this.#machine.tasks.threads.values()) this.#note(thread);
  }

  byTid(tid: number): ThreadName {
    return this.#byTid.get(tid) ?? { tid, pid: tid, name: '' };
  }

  byDispatcher(id: number): number | undefined {
    return this.#byDispatcher.get(id);
  }

  /** When it ended, on the trace's clock; undefined: it has not. */
  endNs(tid: number): number | undefined {
    return this.#ends.get(tid);
  }

  enter(thread: LinuxThread): void {
    if (!this.#byDispatcher.has(thread.dispatcher.id)) this.#note(thread);
  }

  exit(): void {}

  signal(): void {}

  threadEnded(thread: LinuxThread): void {
    this.#note(thread);
    this.#ends.set(thread.tid, this.#machine.kernel.trace.control.nowNs());
  }

  #note(thread: LinuxThread): void {
    const { tid, process, name, dispatcher } = thread;
    this.#byTid.set(tid, { tid, pid: process.pid, name: toHostString(name) });
    this.#byDispatcher.set(dispatcher.id, tid);
  }
}
