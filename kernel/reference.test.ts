/** References resolved per processor, and objects whose end waits for the activities that may still use them. */
import { describe, expect, it } from 'vitest';
import { Activities } from './activities.ts';
import { FactoryRegistry, Representatives } from './factory.ts';
import { deref } from './reference.ts';
import { createTrace } from './trace/trace.ts';
import { TranslationTable } from './translation-table.ts';

const quietTrace = createTrace({ sizeWords: 64, nowNs: () => 0 });

function counterFactory(table: TranslationTable, representatives: Representatives) {
  const closed: number[] = [];
  const factory = new FactoryRegistry(quietTrace, table).define({
    type: 'counter',
    implementation: 'test',
    version: 1,
    representatives,
    construct: (start: number) => ({ value: start }),
    destroyed: ({ value }: { value: number }) => closed.push(value),
  });
  return { factory, closed };
}

describe('clustered objects', () => {
  it('keep one representative for all processors, or one for each, and callers call them alike', () => {
    const expected = new Map<Representatives, number[]>([
      [Representatives.One, [3, 3, 3]],
      [Representatives.PerProcessor, [1, 1, 1]],
    ]);
    for (const [representatives, values] of expected) {
      const table = new TranslationTable(3);
      const { factory } = counterFactory(table, representatives);
      const reference = factory.create(0);
      const seen: object[] = [];
      for (const processor of [0, 1, 2]) {
        table.switchTo(processor);
        deref(reference).value++;
        seen.push(deref(reference));
        expect(deref(reference)).toBe(seen[processor]);
      }
      expect(seen.map((object) => (object as { value: number }).value)).toEqual(values);
    }
  });

  it('make a representative only where a call comes from, and close each of them', () => {
    const table = new TranslationTable(4);
    const { factory, closed } = counterFactory(table, Representatives.PerProcessor);
    const reference = factory.create(7);
    table.switchTo(2);
    deref(reference).value = 9;
    table.switchTo(3);
    deref(reference);
    expect(reference.root.representatives()).toHaveLength(2);
    reference.release();
    expect(closed).toEqual([9, 7]);
  });

  it('a processor that has translated already sees the new object at once', () => {
    const table = new TranslationTable(2);
    const { factory } = counterFactory(table, Representatives.One);
    const reference = factory.create(1);
    for (const processor of [0, 1]) {
      table.switchTo(processor);
      expect(deref(reference).value).toBe(1);
    }
    reference.target = { value: 2 };
    for (const processor of [0, 1]) {
      table.switchTo(processor);
      expect(deref(reference).value).toBe(2);
    }
  });
});

describe('deferred destruction', () => {
  it('keeps a slot until the activities of that moment have ended', () => {
    const table = new TranslationTable();
    const { factory } = counterFactory(table, Representatives.One);
    const early = table.activities.enter();
    const reference = factory.create(5);
    reference.release();
    const late = table.activities.enter();
    expect(deref(reference).value).toBe(5);
    expect(factory.create(6).slot).not.toBe(reference.slot);
    table.activities.leave(early);
    expect(factory.create(7).slot).toBe(reference.slot);
    table.activities.leave(late);
  });

  it('does not wait for activities that came later', () => {
    const activities = new Activities();
    const done: string[] = [];
    const a = activities.enter();
    activities.afterRunning(() => done.push('first'));
    const b = activities.enter();
    activities.afterRunning(() => done.push('second'));
    activities.leave(a);
    expect(done).toEqual(['first']);
    const c = activities.enter();
    activities.leave(b);
    expect(done).toEqual(['first', 'second']);
    activities.leave(c);
    expect(activities.running).toBe(0);
  });

  it('runs each action once, after its time, in a random crowd', () => {
    const activities = new Activities();
    let seed = 7;
    const random = (limit: number): number => (seed = (Math.imul(seed, 48271) >>> 0) % 0x7fffffff) % limit;
    const inside: { id: number; generation: 0 | 1 }[] = [];
    let lastId = 0;
    let ran = 0;
    for (let step = 0; step < 5000; step++) {
      const kind = random(5);
      if (kind < 2) inside.push({ id: ++lastId, generation: activities.enter() });
      else if (kind < 4 && inside.length > 0) {
        const [gone] = inside.splice(random(inside.length), 1);
        activities.leave(gone!.generation);
      } else {
        const newest = lastId;
        const oldOnes = new Set(inside.map(({ id }) => id));
        activities.afterRunning(() => {
          ran++;
          expect(inside.every(({ id }) => id > newest || !oldOnes.has(id))).toBe(true);
        });
        ran--;
      }
    }
    for (const { generation } of inside.splice(0)) activities.leave(generation);
    expect(ran).toBe(0);
  });
});
