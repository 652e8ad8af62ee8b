/** What a machine answers: each method of the protocol, on the machine it is about. */
import { SwapPhase } from '../../kernel/hot-swap.ts';
import { Band } from '../../kernel/dispatcher.ts';
import { UpgradeState } from '../../kernel/upgrade.ts';
import { taskFacts } from '../../linuxabi/adapters/task-census.ts';
import type { Machine } from '../../linuxabi/machine.ts';
import type { LinuxProcess } from '../../linuxabi/process/process.ts';
import { syscallTable } from '../../linuxabi/syscall-table.ts';
import { loadUpgradeModule } from '../upgrade-module.ts';
import { integer, text, type Params } from './params.ts';
import { residentKiB } from './resident-size.ts';
import { PROTOCOL_VERSION } from './protocol.ts';
import type { Inspection, MachineFacts, SwapOutcome, TaskRow, TaskTable, UpgradeOutcome } from './protocol.ts';

const NS_PER_SECOND = 1e9;
const NS_PER_MICROSECOND = 1000;
const bandNames = Object.fromEntries(Object.entries(Band).map(([name, band]) => [band, name]));

export type { Params } from './params.ts';
export type Handler = (params: Params) => unknown;

/** An unknown method is answered by undefined. Handlers throw what the peer is told. */
export function methodsOf(machine: Machine): (method: string) => Handler | undefined {
  const handlers = new Map<string, Handler>([
    ['hello', () => hello(machine)],
    ['inspect', () => inspect(machine)],
    ['tasks', () => tasks(machine)],
    ['process', async (params) => (await import('./process-detail.ts')).processDetail(machine, integer(params, 'pid'))],
    // It brings the tables of strace.
    ['waits', async () => (await import('./wait-census.ts')).waits(machine)],
    ['swap', (params) => swap(machine, integer(params, 'object'), text(params, 'implementation'))],
    ['upgrade', (params) => upgrade(machine, text(params, 'type'), text(params, 'module'))],
  ]);
  return (method) => handlers.get(method);
}

export function hello(machine: Machine): MachineFacts {
  return {
    pid: process.pid,
    version: PROTOCOL_VERSION,
    hostname: machine.uts.hostname,
    command: process.argv.slice(2),
    upSeconds: machine.kernel.nowNs() / NS_PER_SECOND,
  };
}

export function inspect({ kernel }: Machine): Inspection {
  return {
    objects: kernel.census.objects(),
    holders: kernel.census.holders(),
    types: kernel.factories.census(),
  };
}

export function tasks(machine: Machine): TaskTable {
  const { kernel } = machine;
  const processes = [...machine.tasks.processes.values()].toSorted((a, b) => a.pid - b.pid);
  return {
    nowNs: kernel.nowNs(),
    busyNs: kernel.scheduler.busyNs,
    objects: kernel.factories.census().reduce((sum, { live }) => sum + live, 0),
    tasks: processes.flatMap((process) => rowsOf(machine, process)),
  };
}

/** A row per thread; one for a process that has ended. */
function rowsOf(machine: Machine, process: LinuxProcess): TaskRow[] {
  const tids = process.threads.size === 0 ? [process.pid] : [...process.threads.keys()];
  return tids.flatMap((tid): TaskRow[] => {
    const facts = taskFacts(machine, { scope: 'thread', pid: process.pid, tid, fd: -1 });
    if (facts === undefined) return [];
    const thread = process.threads.get(tid);
    const { pid, parentPid, name, state, nice, userNs, systemNs } = facts;
    return [
      {
        pid,
        tid,
        parentPid,
        name,
        uid: process.credentials.uid,
        state,
        band: bandNames[thread?.dispatcher.band ?? Band.TimeShare] ?? '',
        weight: thread?.dispatcher.weight ?? 0,
        nice,
        userNs,
        systemNs,
        syscalls: thread?.usage.syscalls ?? 0,
        residentKiB: residentKiB(process),
        waitsIn: thread?.wait === undefined ? undefined : syscallTable[thread.syscallNumber]?.name,
      },
    ];
  });
}

export function swap({ kernel }: Machine, object: number, implementation: string): Promise<SwapOutcome> {
  const startNs = kernel.nowNs();
  return new Promise((resolve) => {
    const started = kernel.replacement.swap(object, implementation);
    const end = (): void =>
      resolve({
        outcome: started.phase === SwapPhase.Complete ? 'complete' : 'aborted',
        reason: started.reason,
        microseconds: (kernel.nowNs() - startNs) / NS_PER_MICROSECOND,
      });
    if (started.phase === SwapPhase.Complete || started.phase === SwapPhase.Aborted) end();
    else started.onEnd = end;
  });
}

async function upgrade({ kernel }: Machine, type: string, module: string): Promise<UpgradeOutcome> {
  const loaded = await loadUpgradeModule(module);
  return await new Promise((resolve) => {
    const started = kernel.replacement.upgrade(type, loaded);
    const end = (): void =>
      resolve({
        outcome: started.state === UpgradeState.Complete ? 'complete' : 'refused',
        reason: started.reason,
        instances: started.instances,
      });
    if (started.state === UpgradeState.UnderWay) started.onEnd = end;
    else end();
  });
}
