/** Processes under their parents, threads under their processes. */
import type { Usage } from './usage.ts';

export interface TreeRow extends Usage {
  readonly level: number;
  readonly kind: 'process' | 'thread';
  /** Undefined: nothing is below it. */
  readonly expanded: boolean | undefined;
}

/** In the order in which they are shown; what is below a folded row is left out. */
export function treeOf(tasks: readonly Usage[], folded: ReadonlySet<number>): TreeRow[] {
  const leaders = new Map<number, Usage>();
  const threads = new Map<number, Usage[]>();
  for (const task of tasks) {
    if (!leaders.has(task.pid) || task.tid === task.pid) leaders.set(task.pid, task);
    threads.set(task.pid, [...(threads.get(task.pid) ?? []), task]);
  }
  const children = new Map<number, Usage[]>();
  for (const leader of leaders.values()) {
    const parent = leaders.has(leader.parentPid) ? leader.parentPid : 0;
    children.set(parent, [...(children.get(parent) ?? []), leader]);
  }
  const rows: TreeRow[] = [];
  const visit = (leader: Usage, level: number): void => {
    const own = threads.get(leader.pid)!;
    const below = children.get(leader.pid) ?? [];
    const others = own.length > 1 ? own.filter(({ tid }) => tid !== leader.pid) : [];
    const isFolded = folded.has(leader.pid);
    const whole = { ...leader, cpuPercent: own.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0) };
    rows.push({
      ...whole,
      level,
      kind: 'process',
      expanded: below.length + others.length === 0 ? undefined : !isFolded,
    });
    if (isFolded) return;
    for (const thread of others) rows.push({ ...thread, level: level + 1, kind: 'thread', expanded: undefined });
    for (const child of below.toSorted((a, b) => a.pid - b.pid)) visit(child, level + 1);
  };
  for (const root of (children.get(0) ?? []).toSorted((a, b) => a.pid - b.pid)) visit(root, 1);
  return rows;
}
