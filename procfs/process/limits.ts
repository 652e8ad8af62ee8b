/** /proc/PID/limits. Source: proc_pid_limits(5); fs/proc/base.c, lnames and proc_pid_limits. */
import type { ProcCapabilities, Subject } from '../capabilities.ts';
import {
  RLIMIT_AS,
  RLIMIT_CORE,
  RLIMIT_CPU,
  RLIMIT_DATA,
  RLIMIT_FSIZE,
  RLIMIT_LOCKS,
  RLIMIT_MEMLOCK,
  RLIMIT_MSGQUEUE,
  RLIMIT_NICE,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_RSS,
  RLIMIT_RTPRIO,
  RLIMIT_RTTIME,
  RLIMIT_SIGPENDING,
  RLIMIT_STACK,
} from '../../linuxabi/abi/resource.ts';
import { left } from '../format.ts';

const rows: readonly (readonly [resource: number, name: string, unit: string])[] = [
  [RLIMIT_CPU, 'Max cpu time', 'seconds'],
  [RLIMIT_FSIZE, 'Max file size', 'bytes'],
  [RLIMIT_DATA, 'Max data size', 'bytes'],
  [RLIMIT_STACK, 'Max stack size', 'bytes'],
  [RLIMIT_CORE, 'Max core file size', 'bytes'],
  [RLIMIT_RSS, 'Max resident set', 'bytes'],
  [RLIMIT_NPROC, 'Max processes', 'processes'],
  [RLIMIT_NOFILE, 'Max open files', 'files'],
  [RLIMIT_MEMLOCK, 'Max locked memory', 'bytes'],
  [RLIMIT_AS, 'Max address space', 'bytes'],
  [RLIMIT_LOCKS, 'Max file locks', 'locks'],
  [RLIMIT_SIGPENDING, 'Max pending signals', 'signals'],
  [RLIMIT_MSGQUEUE, 'Max msgqueue size', 'bytes'],
  [RLIMIT_NICE, 'Max nice priority', ''],
  [RLIMIT_RTPRIO, 'Max realtime priority', ''],
  [RLIMIT_RTTIME, 'Max realtime timeout', 'us'],
];

function value(limit: number): string {
  return left(limit === Infinity ? 'unlimited' : limit, 20);
}

function row(name: string, soft: string, hard: string, unit: string): string {
  return `${left(name, 25)} ${soft} ${hard} ${unit === '' ? '' : left(unit, 10)}\n`;
}

export function renderLimits(subject: Subject, { census }: ProcCapabilities): string {
  let out = row('Limit', left('Soft Limit', 20), left('Hard Limit', 20), 'Units');
  for (const [resource, name, unit] of rows) {
    const { soft, hard } = census.limit(subject, resource);
    out += row(name, value(soft), value(hard), unit);
  }
  return out;
}
