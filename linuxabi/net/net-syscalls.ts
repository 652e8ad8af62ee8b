/** Every syscall on sockets; a family per file in calls/. */
import type { SyscallDefinition } from '../syscall.ts';
import { creationCalls } from './calls/creation.ts';
import { nameCalls } from './calls/names.ts';
import { optionCalls } from './calls/options.ts';
import { transferCalls } from './calls/transfer.ts';

export const netSyscalls: readonly SyscallDefinition[] = [
  ...creationCalls,
  ...nameCalls,
  ...optionCalls,
  ...transferCalls,
];
