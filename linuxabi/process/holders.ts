/** Which kernel objects the processes, and the mounts, hold: for the census, see kernel/census.ts. */
import type { Holder } from '../../kernel/census.ts';
import type { Reference } from '../../kernel/reference.ts';
import { SwappableServer } from '../../rootfs/swap/swappable-server.ts';
import type { SuperBlock } from '../fs/mount.ts';
import type { LinuxProcess } from './process.ts';
import type { TaskTable } from './task-table.ts';

export function processHolders(tasks: TaskTable): Holder[] {
  return [...tasks.processes.values()].map((process) => ({
    name: `process ${process.pid} (${process.leader?.name ?? ''})`,
    references: referencesOf(process),
  }));
}

export function mountHolders(superBlocks: Iterable<SuperBlock>): Holder[] {
  const holders: Holder[] = [];
  for (const { server, mounts } of superBlocks) {
    if (!(server instanceof SwappableServer) || server.reference === undefined) continue;
    const [mount] = mounts;
    holders.push({ name: `mount ${mount?.source ?? server.type}`, references: [server.reference] });
  }
  return holders;
}

function* referencesOf(process: LinuxProcess): Generator<Reference<object>> {
  if (process.exited) return;
  if (process.image !== undefined) yield* process.image.space.references();
  for (const [, description] of process.files.descriptors()) yield description.reference;
}
