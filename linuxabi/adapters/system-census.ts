/** The machine as a whole for /proc: times, counts, memory. */
import { NS_PER_SECOND } from '../abi/time.ts';
import type { SystemFacts } from '../../procfs/capabilities.ts';
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
  const { kernel, clock, tasks, memoryBytes } = machine;
  const nowNs = machine.nowNs();
  const uptimeNs = nowNs - clock.bootNs;
  const usage = totalUsage(machine);
  let pages = 0;
  for (const space of kernel.memory.spaces) pages += space.memory.presentPages();
  let filesOpen = 0;
  for (const { type, live } of kernel.factories.census()) if (type === 'open-file') filesOpen += live;
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
    tasksCreated: tasks.created,
    lastPid: tasks.lastNumber,
    runnable,
    threads: tasks.threads.size + 1,
    loads: machine.loads.sample(nowNs, usage.cpuNs, runnable),
    memoryBytes,
    usedBytes: Math.min(memoryBytes, pages * PAGE_BYTES),
    fileBytes: 0,
    sharedBytes: 0,
    filesOpen,
    terminals: 0,
  };
}
