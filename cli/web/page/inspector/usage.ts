/** What threads used of the processor from one table of tasks to the next. */
import type { TaskRow, TaskTable } from '../../../control/protocol.ts';

export interface Usage extends TaskRow {
  /** Of one processor. */
  readonly cpuPercent: number;
}

/** A thread that was not there before counts from its beginning. */
export function usages(before: TaskTable | undefined, now: TaskTable): Usage[] {
  const earlier = new Map(before?.tasks.map((task) => [task.tid, task]));
  const spanNs = before === undefined ? now.nowNs : now.nowNs - before.nowNs;
  return now.tasks.map((task) => {
    const old = earlier.get(task.tid);
    const usedNs = task.userNs + task.systemNs - (old === undefined ? 0 : old.userNs + old.systemNs);
    return { ...task, cpuPercent: before === undefined ? 0 : (100 * Math.max(0, usedNs)) / Math.max(1, spanNs) };
  });
}
