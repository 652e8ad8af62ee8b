/** Starting a program from outside: both promises settle, whatever becomes of the machine meanwhile. */
import { expect, it } from 'vitest';
import { createGuestMachine } from '../../test/support/guest-machine.ts';
import { ENOENT } from '../abi/errno.ts';
import { SIGKILL } from '../abi/signal.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import { buildElf } from '../exec/testdata/elf-builder.ts';
import type { Machine } from '../machine.ts';

async function machineWith(program: Uint8Array): Promise<Machine> {
  const machine = await createGuestMachine('native');
  const made = machine.fs.system.root.dentry.node!.create('program', {
    kind: NodeKind.File,
    permissions: 0o755,
    owner: 0,
    group: 0,
  });
  if (typeof made === 'number') throw new Error(`status ${made}`);
  made.write(0, program);
  return machine;
}

it('a machine that stops while the first program is being loaded', async () => {
  const machine = await machineWith(buildElf());
  const running = machine.run();
  const { started, exited } = machine.spawn({ path: '/program', argv: [], environment: [], files: [] });
  machine.stop();
  expect(await started).toBe(0);
  expect(await exited).toBe(SIGKILL);
  await running;
});

it('one that is not there', async () => {
  const machine = await machineWith(buildElf());
  const running = machine.run();
  const { started, exited } = machine.spawn({ path: '/none', argv: [], environment: [], files: [] });
  expect(await started).toBe(-ENOENT);
  expect(await exited).toBe(127 << 8);
  machine.stop();
  await running;
});
