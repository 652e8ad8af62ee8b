/** A failure inside an adapter of sysv/ fails that one call; the adapter made anew goes on with the same objects. */
import { describe, expect, it } from 'vitest';
import { createGuestMachine } from '../../test/support/guest-machine.ts';
import { TraceClass } from '../../kernel/trace/events.ts';
import { traceText } from '../../kernel/trace/trace.ts';
import type { Caller, IpcCapabilities, Meter } from '../../sysv/capabilities.ts';
import { MessageQueues, MessageState } from '../../sysv/message-queues.ts';
import { PosixQueues, PosixQueueState } from '../../sysv/posix-queues.ts';
import type { PosixQueue } from '../../sysv/posix-queues.ts';
import { Semaphores, SemaphoreState } from '../../sysv/semaphores.ts';
import { SharedMemory, SharedMemoryState } from '../../sysv/shared-memory.ts';
import { EIO, ENOMEM } from '../abi/errno.ts';
import { IPC_CREAT } from '../abi/ipc.ts';
import { CallMeter, Sandbox, SandboxFailure } from '../adapters/sandbox.ts';

const caller: Caller = {
  pid: 7,
  uid: 0,
  euid: 0,
  egid: 0,
  inGroup: () => false,
  may: () => true,
  lockLimitBytes: Infinity,
  queueLimitBytes: Infinity,
};
const KEY = 5;
/** For every tunable. */
const LIMIT = 10_000;

/** Has an object with KEY; `again` makes another, which asks the capabilities. */
interface Adapter {
  get(): number;
  again(): number;
}

const adapters: Record<string, (bag: IpcCapabilities) => () => Adapter> = {
  'shared memory': (bag) => {
    const state = new SharedMemoryState<object>(bag);
    const objects = { create: () => ({ object: {}, residentBytes: 0, release: () => undefined }) };
    return () => {
      const memory = new SharedMemory(bag, objects, state);
      return {
        get: () => memory.get(caller, KEY, 4096, IPC_CREAT | 0o600),
        again: () => memory.get(caller, 0, 4096, 0o600),
      };
    };
  },
  semaphores: (bag) => {
    const state = new SemaphoreState(bag);
    return () => {
      const semaphores = new Semaphores(bag, state);
      return {
        get: () => semaphores.get(caller, KEY, 3, IPC_CREAT | 0o600),
        again: () => semaphores.get(caller, 0, 3, 0o600),
      };
    };
  },
  'message queues': (bag) => {
    const state = new MessageState(bag);
    return () => {
      const queues = new MessageQueues(bag, state);
      return { get: () => queues.get(caller, KEY, IPC_CREAT | 0o600), again: () => queues.get(caller, 0, 0o600) };
    };
  },
};

/** Its queues have no keys: here it keeps one itself. */
adapters['POSIX queues'] = (bag) => {
  const state = new PosixQueueState();
  const made: PosixQueue[] = [];
  return () => {
    const queues = new PosixQueues(bag, state);
    const create = (): number => {
      const queue = queues.create(caller, undefined, () => undefined);
      if (typeof queue !== 'number') made.push(queue);
      return typeof queue === 'number' ? queue : made.length;
    };
    return { get: () => (made.length === 0 ? create() : state.count), again: create };
  };
};

const failures: readonly [name: string, fail: (meter: Meter) => void, errno: number, reason: SandboxFailure][] = [
  [
    'throws',
    () => {
      throw new TypeError('x is not a function');
    },
    EIO,
    SandboxFailure.Exception,
  ],
  [
    'loops',
    (meter) => {
      for (const _ of meter.rounds()) continue;
    },
    EIO,
    SandboxFailure.Budget,
  ],
  ['hoards', (meter) => meter.charge(1e12), ENOMEM, SandboxFailure.Memory],
];

describe('an adapter of System V IPC', () => {
  for (const [kind, start] of Object.entries(adapters)) {
    for (const [name, fail, errno, reason] of failures) {
      it(`for ${kind} that ${name}`, async () => {
        const machine = await createGuestMachine('native');
        const { trace } = machine.kernel;
        trace.control.mask = TraceClass.Object;
        const meter = new CallMeter();
        let broken: ((meter: Meter) => void) | undefined;
        const make = start({
          meter,
          nowSeconds: () => 1,
          setting: () => {
            broken?.(meter);
            return LIMIT;
          },
        });
        const sandbox = new Sandbox({ name: kind, id: 42, meter, make, trace: machine.trace, log: () => undefined });
        const first = sandbox.call((adapter) => adapter.get());
        expect(first).toBeGreaterThanOrEqual(0);
        broken = fail;
        expect(sandbox.call((adapter) => adapter.again())).toBe(-errno);
        broken = undefined;
        expect(sandbox.restarts).toBe(1);
        expect(sandbox.call((adapter) => adapter.get())).toBe(first);
        const lines = traceText(trace).filter((line) => line.includes('adapterFailed'));
        expect(lines).toHaveLength(1);
        expect(lines[0]).toContain(`adapter 42 reason ${reason}, restart 1`);
        machine.stop();
      });
    }
  }
});
