/** --timeline FILE: the kernel's trace of a session, written when it ends. */
import { writeFileSync } from 'node:fs';
import { TraceClass } from '../kernel/trace/events.ts';
import { timelineJson } from '../kernel/trace/timeline.ts';
import type { Machine } from '../linuxabi/machine.ts';
import { syscallTable } from '../linuxabi/syscall-table.ts';

export const EVERY_CLASS = Object.values(TraceClass).reduce((mask, bit) => mask | bit, 0);

export function writeTimeline(path: string, machine: Machine): void {
  writeFileSync(
    path,
    timelineJson(machine.kernel.trace, (number) => syscallTable[number]?.name ?? `syscall ${number}`),
  );
}
