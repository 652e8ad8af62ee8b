/**
 * Process 1 of a machine: it has no program. Orphans become its children and are reaped at once, because it ignores
 * SIGCHLD; programs started from outside (spawn.ts) are its children too.
 */
import { SIGCHLD, SIGKILL, SIG_IGN } from '../abi/signal.ts';
import { FdTable } from '../fs/fd-table.ts';
import type { Machine } from '../machine.ts';
import { SignalActions } from '../signal/actions.ts';
import { SignalSet } from '../signal/signal-set.ts';
import { credentialsOf } from './credentials.ts';
import { exitGroup } from './exit.ts';
import { Limits } from './limits.ts';
import { LinuxProcess } from './process.ts';
import { LinuxThread } from './thread.ts';

/** Programs started from outside inherit its limits. */
export function createInit(machine: Machine, limits = new Limits()): LinuxProcess {
  const { tasks, fs } = machine;
  const actions = new SignalActions();
  actions.set(SIGCHLD, { handler: SIG_IGN, flags: 0, restorer: 0, mask: new SignalSet() });
  const init = new LinuxProcess(machine, tasks.allocate()!, (self) => tasks.createSession(self), {
    image: undefined,
    files: new FdTable(fs.system.locks),
    fs: fs.fork(),
    uts: machine.uts,
    actions,
    credentials: credentialsOf(0, 0),
    limits,
  });
  tasks.processes.set(init.pid, init);
  tasks.initThread = () => init.leader ?? createThread(init);
  return init;
}

/** It stands for process 1 where a call is about a thread: its priority, its capabilities. Its dispatcher is never started. */
function createThread(init: LinuxProcess): LinuxThread {
  const { machine } = init;
  const thread = new LinuxThread(init, init.pid, machine.engine.createCpu(machine.createMemory()), 'init');
  init.threads.set(init.pid, thread);
  return thread;
}

/** Ends every program at once, without waiting for any: the machine stops. */
export function killAll(machine: Machine): void {
  for (const process of machine.tasks.processes.values()) {
    if (process !== machine.init) exitGroup(process, SIGKILL);
  }
}
