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
  const { pid, tid, state } = task;
  const groups = identity.groups.map((group) => `${group} `).join('') || ' ';
  return (
    `Name:\t${mangle(task.name, '\n\\')}\nUmask:\t0${identity.umask.toString(8).padStart(3, '0')}\n` +
    `State:\t${state} (${stateNames[state] ?? ''})\nTgid:\t${pid}\nNgid:\t0\nPid:\t${tid}\nPPid:\t${task.parentPid}\n` +
    `TracerPid:\t${task.tracerPid}\nUid:\t${identity.uids.join('\t')}\nGid:\t${identity.gids.join('\t')}\n` +
    `FDSize:\t${identity.descriptorRoom}\nGroups:\t${groups}\n` +
    `NStgid:\t${pid}\nNSpid:\t${tid}\nNSpgid:\t${task.groupId}\nNSsid:\t${task.sessionId}\n`
  );
}

function describeMemory(subject: Subject, { census }: ProcCapabilities): string {
  const memory = census.memory(subject);
  if (memory === undefined) return '';
  const sums = census.usage(subject);
  const { residentPages, sizeBytes } = memory;
  const size = kib(sizeBytes);
  const resident = residentPages * KIB_PER_PAGE;
  const anonymous = Math.max(0, residentPages - sums.fileResident - sums.sharedResident) * KIB_PER_PAGE;
  return (
    kibLine('VmPeak', Math.max(size, kib(memory.peakBytes))) +
    kibLine('VmSize', size) +
    kibLine('VmLck', kib(sums.lockedBytes)) +
    kibLine('VmPin', 0) +
    kibLine('VmHWM', Math.max(resident, memory.peakResidentKiB)) +
    kibLine('VmRSS', resident) +
    kibLine('RssAnon', anonymous) +
    kibLine('RssFile', sums.fileResident * KIB_PER_PAGE) +
    kibLine('RssShmem', sums.sharedResident * KIB_PER_PAGE) +
    kibLine('VmData', kib(sums.dataBytes)) +
    kibLine('VmStk', kib(sums.stackBytes)) +
    kibLine('VmExe', kib(memory.codeEnd - memory.codeStart)) +
    kibLine('VmLib', kib(sums.libraryBytes)) +
    kibLine('VmPTE', Math.ceil(sizeBytes / TABLE_BYTES) * KIB_PER_PAGE) +
    kibLine('VmSwap', 0) +
    kibLine('HugetlbPages', 0) +
    'CoreDumping:\t0\nTHP_enabled:\t0\nuntag_mask:\t0xffffffffffffffff\n'
  );
}

function describeSignals(task: TaskFacts, identity: IdentityFacts): string {
  return (
    `Threads:\t${task.threads}\nSigQ:\t${identity.queuedSignals}/${identity.queuedSignalsLimit}\n` +
    `SigPnd:\t${hexWords(identity.pending)}\nShdPnd:\t${hexWords(identity.sharedPending)}\n` +
    `SigBlk:\t${hexWords(identity.blocked)}\nSigIgn:\t${hexWords(identity.ignored)}\nSigCgt:\t${hexWords(identity.caught)}\n`
  );
}

const capabilitySets = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'];

function describePrivilege(identity: IdentityFacts): string {
  let sets = '';
  for (const [index, words] of identity.capabilities.entries())
    sets += `${capabilitySets[index]}:\t${hexWords(words)}\n`;
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
