/** What many processes leave behind: after ten times as many forks and execs, the same objects are alive as after a few. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../cpu/engine.ts';
import type { Machine } from '../../linuxabi/machine.ts';
import { GuestPrograms, runGuest } from '../support/guest-machine.ts';
import { command, requirement } from '../support/requirements.ts';

const hasGcc = await requirement('gcc', command('gcc'));
const guests = new GuestPrograms();
afterAll(() => guests.remove());

/** Memories and processors that were made and not yet disposed of. */
class EngineCount {
  memories = 0;
  cpus = 0;

  watch(engine: Engine): void {
    const { createMemory, createCpu } = engine;
    engine.createMemory = () => {
      const memory = createMemory.call(engine);
      this.memories++;
      const { dispose } = memory;
      memory.dispose = () => (this.memories--, dispose.call(memory));
      return memory;
    };
    engine.createCpu = (memory) => {
      const cpu = createCpu.call(engine, memory);
      this.cpus++;
      const { dispose } = cpu;
      cpu.dispose = () => (this.cpus--, dispose.call(cpu));
      return cpu;
    };
  }
}

function alive(machine: Machine): Record<string, number> {
  const rows = machine.kernel.factories
    .census()
    .map(({ type, implementation, live }) => [`${type} ${implementation}`, live]);
  return Object.fromEntries(rows) as Record<string, number>;
}

async function leftAfter(program: string, forks: number, execs: number): Promise<Record<string, number>> {
  const count = new EngineCount();
  const prepare = (machine: Machine): void => count.watch(machine.engine);
  const { output, machine } = await runGuest('native', program, { args: [`${forks}`, `${execs}`], prepare });
  expect(output).toBe(`good ${forks + execs} of ${forks + execs}\n`);
  const { tasks } = machine;
  return {
    ...alive(machine),
    memories: count.memories,
    cpus: count.cpus,
    processes: tasks.processes.size,
    threads: tasks.threads.size,
    groups: tasks.groups.size,
  };
}

describe.skipIf(!hasGcc || process.arch !== 'x64')('nothing is left behind', () => {
  it('by forks and by execs', async () => {
    const program = guests.compile(join(import.meta.dirname, 'forks-and-execs.c'));
    const few = await leftAfter(program, 3, 2);
    expect(few).toMatchObject({ memories: 0, cpus: 0, processes: 1, threads: 0, groups: 1 });
    expect(await leftAfter(program, 100, 30)).toEqual(few);
  });
});
