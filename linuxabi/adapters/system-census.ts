/** The machine as a whole for /proc: times, counts, memory. */
import { NS_PER_SECOND } from '../abi/time.ts';
import type { BoundFacts, SystemFacts } from '../../procfs/capabilities.ts';
import { commitLimitBytes, committedBytes } from '../memory/commit.ts';
import type { Machine } from '../machine.ts';
import { Usage } from '../process/usage.ts';

const PAGE_BYTES = 4096;

/** Used by all who live and all who have been waited for. */
function totalUsage(machine: Machine): Usage {
  const total = new Usage();
  for (const process of machine.tasks.processes.values()) {
    total.add(process.usage());
    total.add(process.childrenUsage);
  }
  return total;
}

export function systemFacts(machine: Machine): SystemFacts {
  const { kernel, clock, tasks, memoryBytes, bounds } = machine;
  const nowNs = machine.nowNs();
  const uptimeNs = nowNs - clock.bootNs;
  const usage = totalUsage(machine);
  const { seconds } = clock.realtime();
  // Who asks is running.
  const runnable = kernel.scheduler.runnable + 1;
  return {
    uptimeNs,
    idleNs: Math.max(0, uptimeNs - usage.cpuNs),
    bootTimeSeconds: seconds - Math.floor(uptimeNs / NS_PER_SECOND),
    userNs: usage.userNs,
    niceNs: 0,
    systemNs: usage.systemNs,
    switches: usage.voluntarySwitches + usage.involuntarySwitches,
    pageFaults: usage.minorFaults,
    tasksCreated: tasks.created,
    lastPid: tasks.lastNumber,
    runnable,
    threads: tasks.threads.size + 1,
    loads: machine.loads.sample(nowNs, usage.cpuNs, runnable),
    memoryBytes,
    usedBytes: Math.min(memoryBytes, bounds.memory.usedPages * PAGE_BYTES),
    fileBytes: 0,
    sharedBytes: 0,
    // A walk over all memory: only for those who ask.
    get committedBytes() {
      return committedBytes(machine);
    },
    commitLimitBytes: commitLimitBytes(machine),
    filesOpen: bounds.openFiles.current,
    terminals: 0,
  };
}

export function boundFacts({ bounds }: Machine): BoundFacts {
  const { memory, tasks, processor, oomKills } = bounds;
  return {
    memoryMaxBytes: memory.limitPages * PAGE_BYTES,
    memoryBytes: memory.usedPages * PAGE_BYTES,
    memoryPeakBytes: memory.peakPages * PAGE_BYTES,
    oomKills,
    tasksMax: tasks.maximum,
    tasks: tasks.current,
    tasksPeak: tasks.peak,
    tasksRefused: tasks.refusals,
    processorShare: processor.share,
    periods: processor.periods,
    throttledPeriods: processor.throttledPeriods,
    throttledNs: processor.throttledNs,
  };
}
