/** Who waits, in which call, and on what: the wait queues with somebody in them, made when asked for. */
import { toHostString } from '../../kernel/byte-string.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import type { Machine } from '../../linuxabi/machine.ts';
import type { LinuxThread } from '../../linuxabi/process/thread.ts';
import { CallText, callName } from '../../linuxabi/strace/call-text.ts';
import { syscallTable } from '../../linuxabi/syscall-table.ts';
import type { QueueRow, WaiterRow, WaitTable } from './protocol.ts';

const NS_PER_MS = 1e6;

interface QueueName {
  readonly of: string;
  readonly object?: number;
}

export function waits(machine: Machine): WaitTable {
  const waiting = [...machine.tasks.threads.values()].filter(({ wait, ended }) => wait !== undefined && !ended);
  const names = waiting.length === 0 ? new Map<WaitQueue, QueueName>() : queueNames(machine);
  const queues = new Map<WaitQueue, QueueRow>();
  const waiters = waiting.map((thread): WaiterRow => {
    for (const queue of queuesOf(thread)) {
      const name = names.get(queue) ?? { of: `${callOf(thread)} of ${toHostString(thread.name)}` };
      if (!queues.has(queue)) queues.set(queue, { queue: queues.size + 1, length: queue.length, ...name });
    }
    return waiterRow(machine, thread, queues);
  });
  return { queues: [...queues.values()], waiters };
}

function queuesOf({ wait }: LinuxThread): readonly WaitQueue[] {
  return wait?.wait.queues ?? [];
}

function callOf({ syscallNumber }: LinuxThread): string {
  return callName(syscallTable[syscallNumber], syscallNumber);
}

function waiterRow(machine: Machine, thread: LinuxThread, queues: ReadonlyMap<WaitQueue, QueueRow>): WaiterRow {
  const deadlineNs = thread.wait?.wait.deadlineNs ?? Infinity;
  return {
    pid: thread.process.pid,
    tid: thread.tid,
    name: toHostString(thread.name),
    call: new CallText(thread, syscallTable[thread.syscallNumber], callOf(thread)).underWay(),
    interruptible: thread.isInterruptible,
    leftMs: deadlineNs === Infinity ? undefined : Math.max(0, (deadlineNs - machine.nowNs()) / NS_PER_MS),
    queues: queuesOf(thread).map((queue) => queues.get(queue)!.queue),
  };
}

/** Queues of kernel objects, and those that every process has. */
function queueNames({ kernel, tasks }: Machine): Map<WaitQueue, QueueName> {
  const names = new Map<WaitQueue, QueueName>();
  for (const factory of kernel.factories.all) {
    const { type, implementation } = factory.description;
    for (const reference of factory.instances()) {
      for (const object of reference.root.representatives()) {
        if ('waitQueue' in object && object.waitQueue instanceof WaitQueue)
          names.set(object.waitQueue, { of: `${type} ${implementation}`, object: reference.id });
      }
    }
  }
  for (const process of tasks.processes.values()) {
    const name = `${process.pid} (${toHostString(process.leader?.name ?? 'init')})`;
    names.set(process.childEvents, { of: `children of ${name}` });
    names.set(process.signalQueue, { of: `signals of ${name}` });
  }
  return names;
}
