/** The syscalls on the address space. */
import type { SyscallDefinition } from '../syscall.ts';
import { adviceSyscalls } from './advice.ts';
import { lockedMemorySyscalls } from './locked-memory.ts';
import { mappingSyscalls } from './mapping.ts';
import { remapFilePages } from './remap-file-pages.ts';

export const memorySyscalls: readonly SyscallDefinition[] = [
  ...mappingSyscalls,
  remapFilePages,
  ...adviceSyscalls,
  ...lockedMemorySyscalls,
];
