/** From what /proc calls a task to the task. */
import type { Subject } from '../../procfs/capabilities.ts';
import type { Machine } from '../machine.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { LinuxThread } from '../process/thread.ts';

export function processOf(machine: Machine, subject: Subject): LinuxProcess | undefined {
  return machine.tasks.processes.get(subject.pid);
}

/** The thread itself, or a process's leader: undefined when it has been reaped, and for init, which has none. */
export function threadOf(machine: Machine, subject: Subject): LinuxThread | undefined {
  return machine.tasks.threads.get(subject.tid) ?? processOf(machine, subject)?.threads.get(subject.tid);
}
