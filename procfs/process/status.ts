/** /proc/PID/status. Source: proc_pid_status(5); fs/proc/array.c, proc_pid_status; fs/proc/task_mmu.c, task_mem. */
import type { IdentityFacts, ProcCapabilities, Subject, TaskFacts } from '../capabilities.ts';
import { hexWords, kib, kibLine, KIB_PER_PAGE, mangle } from '../format.ts';

const stateNames: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'disk sleep',
  T: 'stopped',
  t: 'tracing stop',
  Z: 'zombie',
};
/** Nodes that a kernel of x86-64 is built for: 1024, in words of 32. */
const NODE_WORDS = 32;
const MEMS_ALLOWED = `${'00000000,'.repeat(NODE_WORDS - 1)}00000001`;
/** A page table has room for 512 entries, 2 MiB of addresses. */
const TABLE_BYTES = 2 ** 21;

export function renderStatus(subject: Subject, bag: ProcCapabilities): string {
  const task = bag.census.task(subject);
  const identity = bag.census.identity(subject);
  if (task === undefined || identity === undefined) return '';
  return (
    describeTask(task, identity) +
    describeMemory(subject, bag) +
    describeSignals(task, identity) +
    describePrivilege(identity) +
    describePlacement(task)
  );
}

function describeTask(task: TaskFacts, identity: IdentityFacts): string {
  const { pid, tid } = task;
  const lines: readonly (readonly [string, string | number])[] = [
    ['Name', mangle(task.name, '\n\\')],
    ['Umask', `0${identity.umask.toString(8).padStart(3, '0')}`],
    ['State', `${task.state} (${stateNames[task.state] ?? ''})`],
    ['Tgid', pid],
    ['Ngid', 0],
    ['Pid', tid],
    ['PPid', task.parentPid],
    ['TracerPid', task.tracerPid],
    ['Uid', identity.uids.join('\t')],
    ['Gid', identity.gids.join('\t')],
    ['FDSize', identity.descriptorRoom],
    ['Groups', identity.groups.map((group) => `${group} `).join('') || ' '],
    ['NStgid', pid],
    ['NSpid', tid],
    ['NSpgid', task.groupId],
    ['NSsid', task.sessionId],
  ];
  return lines.map(([name, value]) => `${name}:\t${value}\n`).join('');
}

function describeMemory(subject: Subject, { census }: ProcCapabilities): string {
  const memory = census.memory(subject);
  if (memory === undefined) return '';
  const sums = census.usage(subject);
  const size = kib(memory.sizeBytes);
  const resident = memory.residentPages * KIB_PER_PAGE;
  const lines: readonly (readonly [string, number])[] = [
    ['VmPeak', Math.max(size, kib(memory.peakBytes))],
    ['VmSize', size],
    ['VmLck', kib(sums.lockedBytes)],
    ['VmPin', 0],
    ['VmHWM', Math.max(resident, memory.peakResidentKiB)],
    ['VmRSS', resident],
    ['RssAnon', Math.max(0, memory.residentPages - sums.fileResident - sums.sharedResident) * KIB_PER_PAGE],
    ['RssFile', sums.fileResident * KIB_PER_PAGE],
    ['RssShmem', sums.sharedResident * KIB_PER_PAGE],
    ['VmData', kib(sums.dataBytes)],
    ['VmStk', kib(sums.stackBytes)],
    ['VmExe', kib(memory.codeEnd - memory.codeStart)],
    ['VmLib', kib(sums.libraryBytes)],
    ['VmPTE', Math.ceil(memory.sizeBytes / TABLE_BYTES) * KIB_PER_PAGE],
    ['VmSwap', 0],
    ['HugetlbPages', 0],
  ];
  const rest = 'CoreDumping:\t0\nTHP_enabled:\t0\nuntag_mask:\t0xffffffffffffffff\n';
  return lines.map(([name, value]) => kibLine(name, value)).join('') + rest;
}

function describeSignals(task: TaskFacts, identity: IdentityFacts): string {
  const sets: readonly (readonly [string, readonly [number, number]])[] = [
    ['SigPnd', identity.pending],
    ['ShdPnd', identity.sharedPending],
    ['SigBlk', identity.blocked],
    ['SigIgn', identity.ignored],
    ['SigCgt', identity.caught],
  ];
  const queue = `${identity.queuedSignals}/${identity.queuedSignalsLimit}`;
  return (
    `Threads:\t${task.threads}\nSigQ:\t${queue}\n` + sets.map(([name, set]) => `${name}:\t${hexWords(set)}\n`).join('')
  );
}

function describePrivilege(identity: IdentityFacts): string {
  const names = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'];
  const sets = names.map((name, index) => `${name}:\t${hexWords(identity.capabilities[index]!)}\n`).join('');
  return (
    `${sets}NoNewPrivs:\t${identity.noNewPrivileges}\n` +
    `Seccomp:\t${identity.seccompMode}\nSeccomp_filters:\t${identity.seccompFilters}\n` +
    'Speculation_Store_Bypass:\tnot vulnerable\nSpeculationIndirectBranch:\tunknown\n'
  );
}

function describePlacement(task: TaskFacts): string {
  return (
    `Cpus_allowed:\t1\nCpus_allowed_list:\t0\nMems_allowed:\t${MEMS_ALLOWED}\nMems_allowed_list:\t0\n` +
    `voluntary_ctxt_switches:\t${task.voluntarySwitches}\nnonvoluntary_ctxt_switches:\t${task.involuntarySwitches}\n`
  );
}
