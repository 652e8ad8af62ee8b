import { PAGE_SIZE } from '../../cpu/address.ts';
import { memoryFacts } from '../../linuxabi/adapters/memory-census.ts';
import type { LinuxProcess } from '../../linuxabi/process/process.ts';

export const KIB_PER_PAGE = PAGE_SIZE / 1024;

/** Of what is in memory; 0 of a process that has ended. */
export function residentKiB(process: LinuxProcess): number {
  return process.exited ? 0 : (memoryFacts(process)?.residentPages ?? 0) * KIB_PER_PAGE;
}
