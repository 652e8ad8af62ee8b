/**
 * What strace(1) makes of the arguments of each call: the tables of signatures/, joined. Calls that are in none are shown as the
 * syscall table declares their arguments (declared.ts).
 */
import { fileSignatures } from './signatures/files.ts';
import { ipcSignatures } from './signatures/ipc.ts';
import { memorySignatures } from './signatures/memory.ts';
import { processSignatures } from './signatures/processes.ts';
import { readinessSignatures } from './signatures/readiness.ts';
import { signalSignatures } from './signatures/signals.ts';
import { socketSignatures } from './signatures/sockets.ts';
import { systemSignatures } from './signatures/system.ts';
import { timeSignatures } from './signatures/time.ts';
import type { Signature } from './signature.ts';

export const signatures: ReadonlyMap<string, Signature> = new Map(
  Object.entries({
    ...fileSignatures,
    ...ipcSignatures,
    ...memorySignatures,
    ...processSignatures,
    ...readinessSignatures,
    ...signalSignatures,
    ...socketSignatures,
    ...systemSignatures,
    ...timeSignatures,
  }),
);
