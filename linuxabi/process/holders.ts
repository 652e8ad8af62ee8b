/** Which kernel objects the processes, and the mounts, hold: for the census, see kernel/census.ts. */
import type { Holder } from '../../kernel/census.ts';
import type { Reference } from '../../kernel/reference.ts';
import { SwappableServer } from '../../rootfs/swap/swappable-server.ts';
import type { Mount } from '../fs/mount.ts';
import type { LinuxProcess } from './process.ts';
import type { TaskTable } from './task-table.ts';

export function processHolders(tasks: TaskTable): Holder[] {
  return [...tasks.processes.values()].map((process) => ({
    name: `process ${process.pid} (${process.leader?.name ?? ''})`,
    references: referencesOf(process),
  }));
}

export function mountHolders(mounts: readonly Mount[]): Holder[] {
  return mounts.flatMap(({ server, source }) =>
    server instanceof SwappableServer && server.reference !== undefined
      ? [{ name: `mount ${source}`, references: [server.reference] }]
      : [],
  );
}

function* referencesOf(process: LinuxProcess): Generator<Reference<object>> {
  if (process.exited) return;
  if (process.image !== undefined) yield* process.image.space.references();
  for (const [, description] of process.files.descriptors()) yield description.reference;
}
