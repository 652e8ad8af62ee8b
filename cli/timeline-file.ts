/** --timeline FILE: the kernel's trace of a session, written when it ends. */
import { writeFileSync } from 'node:fs';
import { timelineJson } from './timeline.ts';
import type { Machine } from '../linuxabi/machine.ts';
import { syscallTable } from '../linuxabi/syscall-table.ts';

export function writeTimeline(path: string, machine: Machine): void {
  writeFileSync(
    path,
    timelineJson(machine.kernel.trace, (number) => syscallTable[number]?.name ?? `syscall ${number}`),
  );
}
