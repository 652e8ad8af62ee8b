/**
 * Adapters fail in every way there is while processes share memory, semaphores, queues and /proc as those of a database server do. Each failure is one call's
 * (the program makes it again) and is traced; at the end nothing is lost, doubled or out of order.
 */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Saboteur } from '../../test/support/saboteur.ts';
import { GuestPrograms, runGuest } from '../../test/support/guest-machine.ts';
import { command, requirement } from '../../test/support/requirements.ts';
import { TraceClass } from '../../kernel/trace/events.ts';
import { traceText } from '../../kernel/trace/trace.ts';
import type { ProcServer } from '../adapters/proc-server.ts';
import type { Sandbox } from '../adapters/sandbox.ts';
import type { Machine } from '../machine.ts';

const WORKERS = 4;
const ROUNDS = 100;
const OUTPUT = [
  'accounts 0, transfers 0, overlaps 0',
  'ended well: 0',
  'log: 0 out of order',
  'mq: 0 out of order',
  'semaphore 1, attached 1, messages 0',
];

function sandboxesOf({ ipc, fs }: Machine): Record<string, Sandbox<unknown>> {
  const proc = fs.system.namespace.mounts.find(({ server }) => server.type === 'proc')!.server as ProcServer;
  const { sharedMemory, semaphores, messages, queues } = ipc;
  return { proc: proc.sandbox, sharedMemory, semaphores, messages, queues } as Record<string, Sandbox<unknown>>;
}

const ready = await requirement('gcc', command('gcc'));

describe.runIf(ready)('adapters that fail under load', () => {
  const programs = new GuestPrograms();
  afterAll(() => programs.remove());

  it('fail single calls, and nothing is lost', async () => {
    const program = programs.compile(join(import.meta.dirname, 'testdata/adapter-load.c'));
    let saboteur: Saboteur | undefined;
    const { output, status, machine } = await runGuest('native', program, {
      args: [String(WORKERS), String(ROUNDS)],
      prepare: (made) => {
        made.kernel.trace.control.mask = TraceClass.Object;
        saboteur = new Saboteur(made, sandboxesOf(made));
      },
    });
    saboteur!.end();
    expect(output.trimEnd().split('\n').toSorted()).toEqual(OUTPUT);
    expect(status).toBe(0);
    let failed = 0;
    for (const [name, sandbox] of Object.entries(sandboxesOf(machine))) {
      const fired = saboteur!.fired.get(name)!;
      expect(new Set(fired), name).toEqual(new Set(['exception', 'work', 'memory']));
      expect(sandbox.restarts, name).toBe(fired.length);
      failed += fired.length;
    }
    expect(traceText(machine.kernel.trace).filter((line) => line.includes('adapterFailed'))).toHaveLength(failed);
  });
});
