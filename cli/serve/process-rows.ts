/** The processes of a machine as `k42 ps` shows them. */
import { toHostString } from '../../kernel/byte-string.ts';
import { taskFacts } from '../../linuxabi/adapters/task-census.ts';
import type { Machine } from '../../linuxabi/machine.ts';
import type { LinuxProcess } from '../../linuxabi/process/process.ts';
import { Terminal } from '../../linuxabi/tty/terminal.ts';
import type { ProcessRow } from '../control/protocol.ts';
import { residentKiB } from '../control/resident-size.ts';

const NS_PER_SECOND = 1e9;

/** Without process 1, which is the machine's own and runs no program. */
export function processRows(machine: Machine): ProcessRow[] {
  return [...machine.tasks.processes.values()]
    .filter((process) => process !== machine.init)
    .toSorted((a, b) => a.pid - b.pid)
    .flatMap((process) => rowOf(machine, process) ?? []);
}

function rowOf(machine: Machine, process: LinuxProcess): ProcessRow | undefined {
  const { pid } = process;
  const facts = taskFacts(machine, { scope: 'process', pid, tid: pid, fd: -1 });
  if (facts === undefined) return undefined;
  const terminal = process.controllingTerminal;
  const words = process.exited ? [] : process.argv.map(toHostString);
  return {
    pid,
    parentPid: facts.parentPid,
    uid: process.credentials.uid,
    state: facts.state,
    terminal: terminal instanceof Terminal ? terminal.name.replace(/^\/dev\//, '') : '',
    processorSeconds: (facts.userNs + facts.systemNs) / NS_PER_SECOND,
    residentKiB: residentKiB(process),
    command: words.length > 0 ? words : [`[${toHostString(facts.name)}]`],
  };
}
