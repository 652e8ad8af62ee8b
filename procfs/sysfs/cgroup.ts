/**
 * The one control group of the machine, as a container sees the one it is in: what the machine may use, what it does use, what was refused.
 * Source: Documentation/admin-guide/cgroup-v2.rst.
 */
import { constant, directory, systemText } from '../entry.ts';
import type { DirectoryEntry } from '../entry.ts';
import type { BoundFacts } from '../capabilities.ts';

const PERIOD_US = 100_000;
const NS_PER_US = 1000;

const bound = (render: (facts: BoundFacts) => string): ReturnType<typeof systemText> =>
  systemText(({ census }) => `${render(census.bounds())}\n`);

const most = (value: number): string => (value === Infinity ? 'max' : String(Math.floor(value)));

const rows = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${Math.floor(value)}`)
    .join('\n');

const microseconds = (ns: number): number => ns / NS_PER_US;

export const cgroup: DirectoryEntry = directory(0o755, {
  'cgroup.controllers': constant('cpu memory pids\n'),
  'cgroup.events': constant('populated 1\nfrozen 0\n'),
  'cgroup.max.depth': constant('max\n'),
  'cgroup.max.descendants': constant('max\n'),
  'cgroup.procs': systemText(({ census }) => [...census.pids()].map((pid) => `${pid}\n`).join('')),
  'cgroup.stat': constant('nr_descendants 0\nnr_dying_descendants 0\n'),
  'cgroup.subtree_control': constant('\n'),
  'cgroup.type': constant('domain\n'),
  'cpu.max': bound(({ processorShare }) =>
    processorShare === Infinity ? `max ${PERIOD_US}` : `${Math.round(processorShare * PERIOD_US)} ${PERIOD_US}`,
  ),
  'cpu.stat': systemText(({ census }) => {
    const { userNs, systemNs } = census.system();
    const { periods, throttledPeriods, throttledNs } = census.bounds();
    return `${rows({
      usage_usec: microseconds(userNs + systemNs),
      user_usec: microseconds(userNs),
      system_usec: microseconds(systemNs),
      nr_periods: periods,
      nr_throttled: throttledPeriods,
      throttled_usec: microseconds(throttledNs),
    })}\n`;
  }),
  'memory.current': bound(({ memoryBytes }) => most(memoryBytes)),
  'memory.events': bound(({ oomKills }) => rows({ low: 0, high: 0, max: 0, oom: oomKills, oom_kill: oomKills })),
  'memory.high': constant('max\n'),
  'memory.low': constant('0\n'),
  'memory.max': bound(({ memoryMaxBytes }) => most(memoryMaxBytes)),
  'memory.min': constant('0\n'),
  'memory.peak': bound(({ memoryPeakBytes }) => most(memoryPeakBytes)),
  'memory.swap.current': constant('0\n'),
  'memory.swap.max': constant('0\n'),
  'pids.current': bound(({ tasks }) => most(tasks)),
  'pids.events': bound(({ tasksRefused }) => rows({ max: tasksRefused })),
  'pids.max': bound(({ tasksMax }) => most(tasksMax)),
  'pids.peak': bound(({ tasksPeak }) => most(tasksPeak)),
});
