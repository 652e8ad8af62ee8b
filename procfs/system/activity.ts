/** What the machine has done: stat, uptime, loadavg, interrupts, softirqs, locks. Source: proc_stat(5), proc_loadavg(5), proc_locks(5). */
import type { LockFacts, ProcCapabilities } from '../capabilities.ts';
import { hex, right, seconds2, ticks } from '../format.ts';

export function renderSystemStat({ census }: ProcCapabilities): string {
  const system = census.system();
  const { userNs, niceNs, systemNs, idleNs } = system;
  const columns = `${ticks(userNs)} ${ticks(niceNs)} ${ticks(systemNs)} ${ticks(idleNs)} 0 0 0 0 0 0`;
  return (
    `cpu  ${columns}\ncpu0 ${columns}\nintr 0\nctxt ${system.switches}\nbtime ${system.bootTimeSeconds}\n` +
    `processes ${system.tasksCreated}\nprocs_running ${system.runnable}\nprocs_blocked 0\n` +
    'softirq 0 0 0 0 0 0 0 0 0 0 0\n'
  );
}

export function renderUptime({ census }: ProcCapabilities): string {
  const { uptimeNs, idleNs } = census.system();
  return `${seconds2(uptimeNs)} ${seconds2(idleNs)}\n`;
}

export function renderLoadavg({ census }: ProcCapabilities): string {
  const { loads, runnable, threads, lastPid } = census.system();
  return `${loads.map((load) => load.toFixed(2)).join(' ')} ${runnable}/${threads} ${lastPid}\n`;
}

const SOFTIRQS = ['HI', 'TIMER', 'NET_TX', 'NET_RX', 'BLOCK', 'IRQ_POLL', 'TASKLET', 'SCHED', 'HRTIMER', 'RCU'];

export function renderSoftirqs(): string {
  return `                    CPU0       \n${SOFTIRQS.map((name) => `${right(name, 12)}: ${right(0, 10)}\n`).join('')}`;
}

/** No hardware interrupts a processor made of JavaScript. */
export function renderInterrupts(): string {
  return '            CPU0       \n';
}

function lockRow(lock: LockFacts, number: number): string {
  const owner = lock.kind === 'OFDLCK' ? -1 : lock.pid;
  const device = `${hex(lock.deviceMajor, 2)}:${hex(lock.deviceMinor, 2)}`;
  const end = lock.end === Infinity ? 'EOF' : lock.end - 1;
  const kind = `${lock.kind.padEnd(6)} ${lock.state.padEnd(9)}`;
  return `${number}: ${kind} ${lock.type} ${owner} ${device}:${lock.inode} ${lock.start} ${end}\n`;
}

export function renderLocks({ census }: ProcCapabilities): string {
  let number = 0;
  let out = '';
  for (const lock of census.locks()) out += lockRow(lock, ++number);
  return out;
}
