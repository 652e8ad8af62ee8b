/** Bands, shares, hand-off and the exchange of policies, on a clock that only slices move. */
import { describe, expect, it } from 'vitest';
import { Band, NORMAL_WEIGHT } from './dispatcher.ts';
import type { Dispatcher } from './dispatcher.ts';
import { Census } from './census.ts';
import { FactoryRegistry } from './factory.ts';
import { SwapPhase } from './hot-swap.ts';
import { Replacement } from './replacement.ts';
import { Scheduler, SLICE_NS } from './scheduler.ts';
import { SchedulingPolicies } from './scheduling-policies.ts';
import { TimerQueue } from './timer.ts';
import { createTrace } from './trace/trace.ts';

const trace = createTrace({ sizeWords: 64, nowNs: () => 0 });

function machine() {
  let now = 0;
  const ran: string[] = [];
  const registry = new FactoryRegistry(trace);
  const nowNs = (): number => now;
  const policy = new SchedulingPolicies(registry).create();
  const { activities } = registry.table;
  const scheduler = new Scheduler(trace, { nowNs, policy, activities });
  const replacement = new Replacement({ factories: registry, timers: new TimerQueue(), nowNs }, new Census(registry));
  const start = (name: string, sliceNs: () => number, then: (self: Dispatcher) => void = () => {}): Dispatcher => {
    const dispatcher = scheduler.createDispatcher({
      runSlice: () => {
        ran.push(name);
        now += sliceNs();
        then(dispatcher);
      },
    });
    return dispatcher;
  };
  const runUntil = (endNs: number): void => {
    while (now < endNs && scheduler.runNext());
  };
  return { scheduler, replacement, start, ran, runUntil };
}

/** Slices of 0.5 to 1.5 ms, in an order that always comes out the same. */
function unevenSlices(seed: number): () => number {
  let state = seed;
  return () => 500_000 + ((state = (Math.imul(state, 48271) >>> 0) % 0x7fffffff) % 1_000_000);
}

const TWO_SECONDS = 2_000_000_000;

describe('proportional share', () => {
  it('is within 2 % after two seconds for weights 1:2:4', () => {
    const { scheduler, start, runUntil } = machine();
    const weights = [1, 2, 4];
    const loops = weights.map((weight, i) => {
      const loop = start(`loop ${i}`, unevenSlices(i + 1));
      loop.weight = weight * NORMAL_WEIGHT;
      loop.start();
      return loop;
    });
    runUntil(TWO_SECONDS);
    loops.forEach(({ usedNs }, i) => {
      const fair = (TWO_SECONDS * weights[i]!) / 7;
      expect(Math.abs(usedNs - fair) / fair).toBeLessThan(0.02);
    });
    expect(scheduler.busyNs).toBe(loops.reduce((sum, { usedNs }) => sum + usedNs, 0));
  });

  it('a sleeper comes back at once, and claims nothing for the time it slept', () => {
    const { start, runUntil, ran } = machine();
    const loop = start('loop', () => 1_000_000);
    const sleeper = start('sleeper', () => 1_000_000);
    sleeper.park();
    loop.start();
    runUntil(1_000_000_000);
    ran.length = 0;
    sleeper.unpark();
    runUntil(1_010_000_000);
    expect(ran.indexOf('sleeper')).toBeLessThan(2);
    expect(ran.filter((name) => name === 'loop').length).toBeGreaterThanOrEqual(4);
  });
});

describe('those that start others', () => {
  it('a chain in which each starts the next and ends leaves others their share', () => {
    const { start, runUntil, ran } = machine();
    const loop = start('loop', () => 1_000_000);
    loop.start();
    runUntil(10_000_000);
    const next = (): Dispatcher =>
      start(
        'chain',
        () => 300_000,
        (self) => {
          next().start();
          self.end();
        },
      );
    next().start();
    ran.length = 0;
    runUntil(110_000_000);
    expect(ran.filter((name) => name === 'loop').length).toBeGreaterThanOrEqual(45);
  });

  it('one that comes from another band does not pay there for what it used here', () => {
    const { start, runUntil, ran } = machine();
    const moving = start('moving', () => 1_000_000);
    moving.band = Band.SoftRealTime;
    moving.start();
    runUntil(100 * TWO_SECONDS);
    moving.band = Band.TimeShare;
    const loop = start('loop', () => 1_000_000);
    loop.start();
    runUntil(101 * TWO_SECONDS);
    ran.length = 0;
    runUntil(101 * TWO_SECONDS + 100_000_000);
    expect(ran.filter((name) => name === 'moving').length).toBeGreaterThanOrEqual(45);
  });
});

describe('bands', () => {
  it('run in order of urgency, the background only when nobody else would', () => {
    const { start, runUntil, ran } = machine();
    const names = Object.keys(Band) as (keyof typeof Band)[];
    for (const name of names.toReversed()) {
      let left = 3;
      const work = start(
        name,
        () => 1_000_000,
        (self) => {
          if (--left === 0) self.end();
        },
      );
      work.band = Band[name];
      work.start();
    }
    runUntil(TWO_SECONDS);
    expect(ran).toEqual(names.flatMap((name) => [name, name, name]));
  });
});

describe('hand-off', () => {
  function pair(sliceNs: number) {
    const all = machine();
    const others = [1, 2, 3].map((i) => all.start(`other ${i}`, () => 1_000_000));
    const server = all.start(
      'server',
      () => sliceNs,
      (self) => {
        self.park();
        client.unpark();
      },
    );
    const client: Dispatcher = all.start(
      'client',
      () => sliceNs,
      (self) => {
        self.park();
        server.unpark();
      },
    );
    server.park();
    client.start();
    for (const other of others) other.start();
    return all;
  }

  it('runs the woken one next when its waker waits', () => {
    const { ran, runUntil } = pair(100_000);
    runUntil(150_000);
    expect(ran).toEqual(['client', 'server']);
  });

  it('does not starve the others', () => {
    const { ran, runUntil } = pair(100_000);
    runUntil(40_000_000);
    for (const name of ['other 1', 'other 2', 'other 3']) {
      expect(ran.filter((one) => one === name).length).toBeGreaterThan(5);
    }
  });

  it('does not pass a more urgent band', () => {
    const { start, ran, runUntil } = machine();
    const urgent = start(
      'urgent',
      () => 1,
      (self) => self.end(),
    );
    urgent.band = Band.SoftRealTime;
    const woken = start(
      'woken',
      () => 1,
      (self) => self.end(),
    );
    woken.park();
    const waker = start(
      'waker',
      () => 1,
      (self) => {
        urgent.start();
        woken.unpark();
        self.park();
      },
    );
    waker.start();
    runUntil(10);
    expect(ran).toEqual(['waker', 'urgent', 'woken']);
  });
});

describe('policies', () => {
  it('are exchanged with everybody who waits', () => {
    const { scheduler, replacement, start, ran, runUntil } = machine();
    for (const name of ['a', 'b', 'c'])
      start(
        name,
        () => 1_000_000,
        (self) => self.end(),
      ).start();
    for (const name of ['round-robin', 'fair', 'round-robin']) {
      expect(replacement.swap(scheduler.policy, name).phase).toBe(SwapPhase.Complete);
    }
    expect(scheduler.runnable).toBe(3);
    runUntil(TWO_SECONDS);
    expect(ran).toEqual(['a', 'b', 'c']);
  });

  it('are exchanged from inside slices, at random, and nobody is forgotten or run twice as often', () => {
    const { scheduler, replacement, start, ran, runUntil } = machine();
    let [swaps, seed] = [0, 3];
    const random = (limit: number): number => (seed = (Math.imul(seed, 48271) >>> 0) % 0x7fffffff) % limit;
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) {
      start(
        name,
        () => 1_000_000,
        () => {
          if (random(3) > 0) return;
          const swap = replacement.swap(scheduler.policy, random(2) === 0 ? 'fair' : 'round-robin');
          swap.onEnd = () => void (swaps += swap.phase === SwapPhase.Complete ? 1 : 0);
        },
      ).start();
    }
    runUntil(TWO_SECONDS);
    expect(swaps).toBeGreaterThan(500);
    for (const name of names) expect(ran.filter((one) => one === name).length).toBeGreaterThan(450);
  });
});

describe('a slice is a time', () => {
  it('whatever an instruction costs: fuel follows', () => {
    let nsPerInstruction = 1;
    let [now, longest] = [0, 0];
    const registry = new FactoryRegistry(trace);
    const policy = new SchedulingPolicies(registry).create();
    const scheduler = new Scheduler(trace, { nowNs: () => now, policy });
    scheduler
      .createDispatcher({
        runSlice: (fuel) => {
          now += fuel * nsPerInstruction;
          longest = Math.max(longest, fuel * nsPerInstruction);
        },
      })
      .start();
    const run = (slices: number): void => {
      longest = 0;
      for (let i = 0; i < slices; i++) scheduler.runNext();
    };
    run(10);
    expect(longest).toBeGreaterThan(SLICE_NS * 0.7);
    nsPerInstruction = 40;
    run(1);
    run(20);
    expect(longest).toBeLessThan(SLICE_NS * 1.5);
  });
});
