/** The tunables of /proc/sys/kernel take effect at once. Source: proc_sys_kernel(5). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGuestMachine } from '../../test/support/guest-machine.ts';
import type { Caller, Right } from '../../sysv/capabilities.ts';
import { E2BIG, EINVAL, ENOSPC, EPERM } from '../abi/errno.ts';
import { IPC_NOWAIT } from '../abi/ipc.ts';
import type { Machine } from '../machine.ts';

const rights = new Set<Right>();
const caller: Caller = {
  pid: 7,
  uid: 1000,
  euid: 1000,
  egid: 1000,
  inGroup: () => false,
  may: (right) => rights.has(right),
  lockLimitBytes: 0,
  queueLimitBytes: 1_000_000,
};
const neverSleeps = (): never => {
  throw new Error('nothing waits here');
};

describe('limits of System V IPC', () => {
  let machine: Machine;
  const set = (name: string, value: string): void => expect(machine.settings.write(`kernel/${name}`, value)).toBe(0);
  const shmget = (sizeBytes: number) =>
    machine.ipc.sharedMemory.call((adapter) => adapter.get(caller, 0, sizeBytes, 0o600));
  const semget = (count: number) => machine.ipc.semaphores.call((adapter) => adapter.get(caller, 0, count, 0o600));
  const msgget = () => machine.ipc.messages.call((adapter) => adapter.get(caller, 0, 0o600));

  beforeEach(async () => {
    rights.clear();
    machine = await createGuestMachine('native');
  });
  afterEach(() => machine.stop());

  it('shmmax: bytes of a segment', () => {
    set('shmmax', '8192');
    expect(shmget(8193)).toBe(-EINVAL);
    expect(shmget(8192)).toBeGreaterThanOrEqual(0);
  });

  it('shmall: pages of all segments', () => {
    set('shmall', '3');
    expect(shmget(4096)).toBeGreaterThanOrEqual(0);
    expect(shmget(3 * 4096)).toBe(-ENOSPC);
    expect(shmget(4097)).toBeGreaterThanOrEqual(0);
  });

  it('shmmni: segments; a removed one makes room', () => {
    set('shmmni', '1');
    const id = shmget(1);
    expect(shmget(1)).toBe(-ENOSPC);
    expect(machine.ipc.sharedMemory.call((adapter) => adapter.remove(caller, id))).toBe(0);
    expect(shmget(1)).toBeGreaterThanOrEqual(0);
  });

  it('sem: semaphores of a set, of all, operations of a call, sets', () => {
    set('sem', '5\t7\t2\t2');
    expect(semget(6)).toBe(-EINVAL);
    const id = semget(5);
    expect(id).toBeGreaterThanOrEqual(0);
    expect(semget(3)).toBe(-ENOSPC);
    expect(semget(1)).toBeGreaterThanOrEqual(0);
    expect(semget(1)).toBe(-ENOSPC);
    const up = { index: 0, change: 1, flags: 0 };
    const operate = (operations: readonly (typeof up)[]) =>
      machine.ipc.semaphores.call((adapter) => adapter.operate(caller, 1, id, operations, neverSleeps));
    expect(operate([up, up, up])).toBe(-E2BIG);
    expect(operate([up, up])).toBe(0);
    expect(machine.ipc.semaphores.call((adapter) => adapter.read(caller, id, 0, 'values'))).toBe(2);
  });

  it('msgmax, msgmnb, msgmni: bytes of a message, of a queue, queues', () => {
    set('msgmnb', '10');
    set('msgmax', '8');
    set('msgmni', '1');
    const id = msgget();
    expect(msgget()).toBe(-ENOSPC);
    const { messages } = machine.ipc;
    expect(messages.call((adapter) => adapter.checkSend(id, 1, 9))).toBe(-EINVAL);
    const send = (length: number) =>
      messages.call((adapter) =>
        adapter.send(caller, id, { type: 1, bytes: new Uint8Array(length) }, IPC_NOWAIT, neverSleeps),
      );
    expect(send(8)).toBe(0);
    expect(send(3)).toBeLessThan(0);
    expect(send(2)).toBe(0);
    const owner = { uid: 1000, gid: 1000, mode: 0o600 };
    expect(messages.call((adapter) => adapter.set(caller, id, owner, 11))).toBe(-EPERM);
    rights.add('exceed limits');
    expect(messages.call((adapter) => adapter.set(caller, id, owner, 11))).toBe(0);
    expect(send(1)).toBe(0);
  });
});
