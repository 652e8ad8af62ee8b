/** Dynamic upgrade: every instance and the factory, or nothing. */
import { describe, expect, it } from 'vitest';
import { Census } from './census.ts';
import { FactoryRegistry } from './factory.ts';
import { AbortSwap } from './mediator.ts';
import { deref } from './reference.ts';
import { Replacement } from './replacement.ts';
import { SwapPhase } from './hot-swap.ts';
import { TimerQueue } from './timer.ts';
import { TraceClass } from './trace/events.ts';
import { createTrace, traceText } from './trace/trace.ts';
import { UpgradeState } from './upgrade.ts';
import type { UpgradeModule } from './upgrade.ts';

/** The type of the test: a sum that is added to. */
interface Sum {
  add(amount: number): number;
}

class PlainSum implements Sum {
  readonly exportFormats = ['sum-1'];
  readonly importFormats = ['sum-1'];
  sum = 0;
  during: () => void = () => {};

  add(amount: number): number {
    this.during();
    return (this.sum += amount);
  }

  exportState(): unknown {
    return this.sum;
  }

  importState(_format: string, state: unknown): void {
    this.sum = state as number;
  }
}

/** As a module from outside would have it: counts the calls too. */
class CountingSum extends PlainSum {
  calls = 0;
  override add(amount: number): number {
    this.calls++;
    return super.add(amount);
  }
}

const counting = (flaw: (sum: CountingSum, nth: number) => void = () => {}): UpgradeModule => {
  let made = 0;
  const make = (): CountingSum => {
    const sum = new CountingSum();
    flaw(sum, ++made);
    return sum;
  };
  return { implementation: 'plain', upgrade: () => ({ version: 2, construct: make, successor: make }) };
};

function setUp() {
  const trace = createTrace({ sizeWords: 1024, nowNs: () => 0, mask: TraceClass.Object });
  const registry = new FactoryRegistry(trace);
  registry.declareSwappable({ type: 'sum', methods: { add: AbortSwap }, properties: [] });
  const factory = registry.define<Sum, []>({
    type: 'sum',
    implementation: 'plain',
    version: 1,
    construct: () => new PlainSum(),
    successor: () => new PlainSum(),
  });
  const timers = new TimerQueue();
  const replacement = new Replacement({ factories: registry, timers, nowNs: () => 0 }, new Census(registry));
  const sums = Array.from({ length: 5 }, () => factory.create());
  sums.forEach((sum, i) => void deref(sum).add(i));
  const { activities } = registry.table;
  const upgrade = (module: UpgradeModule) => replacement.upgrade('sum', module);
  return { trace, registry, factory, timers, replacement, sums, activities, upgrade };
}

describe('dynamic upgrade', () => {
  it('replaces every instance with its state, and what the factory makes', () => {
    const { upgrade, sums, factory, registry, trace } = setUp();
    const done = upgrade(counting());
    expect([done.state, done.instances]).toEqual([UpgradeState.Complete, 5]);
    expect(sums.map((sum) => deref(sum).add(10))).toEqual([10, 11, 12, 13, 14]);
    for (const sum of [...sums, factory.create()]) expect(deref(sum)).toBeInstanceOf(CountingSum);
    expect(registry.census()[0]).toMatchObject({ version: 2, live: 6, created: 6 });
    expect(traceText(trace).at(-2)).toMatch(/typeUpgraded factory 0 version 2, 5 instances/);
  });

  it('waits for the activities of now, and takes in what is born meanwhile', () => {
    const { upgrade, sums, factory, activities } = setUp();
    const activity = activities.enter();
    const under = upgrade(counting());
    const born = factory.create();
    deref(born).add(7);
    expect(under.state).toBe(UpgradeState.UnderWay);
    sums[0]!.release();
    activities.leave(activity);
    expect(under.state).toBe(UpgradeState.Complete);
    expect(deref(born)).toBeInstanceOf(CountingSum);
    expect([deref(born).add(1), deref(sums[4]!).add(1)]).toEqual([8, 5]);
  });

  it('is refused as a whole when it takes too long', () => {
    const { upgrade, sums, activities, timers, factory } = setUp();
    const before = sums.map((sum) => deref(sum));
    const activity = activities.enter();
    const under = upgrade(counting());
    timers.expire(Infinity);
    expect([under.state, under.reason]).toEqual([UpgradeState.Refused, 'object 1: timed out']);
    activities.leave(activity);
    expect(sums.map((sum) => deref(sum))).toEqual(before);
    expect(factory.description.version).toBe(1);
  });

  it.each<[string, (sum: CountingSum, nth: number) => void, RegExp]>([
    [
      'throws while importing state, at the fourth instance',
      (sum, nth) => {
        if (nth === 4) {
          sum.importState = () => {
            throw new Error('can not read this');
          };
        }
      },
      /object 4: can not read this/,
    ],
    ['lacks a method', (sum) => Object.assign(sum, { add: undefined }), /object 1: the new object lacks add/],
    ['reads no common format', (sum) => Object.assign(sum, { importFormats: [] }), /object 1: no common transfer/],
  ])('is refused, and all stays as it was, when the module %s', (_what, flaw, reason) => {
    const { upgrade, sums, factory } = setUp();
    const before = sums.map((sum) => deref(sum));
    const refused = upgrade(counting(flaw));
    expect(refused.state).toBe(UpgradeState.Refused);
    expect(refused.reason).toMatch(reason);
    sums.forEach((sum, i) => expect(deref(sum)).toBe(before[i]));
    expect(sums.map((sum) => deref(sum).add(1))).toEqual([1, 2, 3, 4, 5]);
    expect(deref(factory.create())).not.toBeInstanceOf(CountingSum);
    expect(upgrade(counting()).state).toBe(UpgradeState.Complete);
  });

  it.each<[string, unknown, RegExp]>([
    ['has another shape', {}, /does not export/],
    ['names no implementation there is', { ...counting(), implementation: 'other' }, /no implementation other/],
    ['is no newer', { implementation: 'plain', upgrade: () => ({ version: 1 }) }, /version 1 is not above/],
    [
      'gives no successor',
      { implementation: 'plain', upgrade: () => ({ version: 2, construct: () => ({}) }) },
      /successor/,
    ],
  ])('is not begun when the module %s', (_what, module, reason) => {
    const { upgrade, factory } = setUp();
    expect(() => upgrade(module as UpgradeModule)).toThrow(reason);
    expect(factory.description.version).toBe(1);
  });

  it('gives way to a call that can not wait', () => {
    const { upgrade, sums, activities, factory } = setUp();
    const sum = deref(sums[2]!) as PlainSum;
    const activity = activities.enter();
    const under = upgrade(counting());
    sum.during = () => {
      sum.during = () => {};
      activities.leave(activity);
      expect(under.state).toBe(UpgradeState.UnderWay);
      deref(sums[3]!).add(100);
    };
    deref(sums[2]!).add(1);
    expect(under.state).toBe(UpgradeState.Refused);
    expect([deref(sums[2]!).add(0), deref(sums[3]!).add(0)]).toEqual([3, 103]);
    expect(factory.description.version).toBe(1);
  });

  it('leaves single objects swappable by name, and refuses what is not there', () => {
    const { replacement, sums } = setUp();
    expect(replacement.swap(sums[1]!.id, 'plain').phase).toBe(SwapPhase.Complete);
    expect(() => replacement.swap(99, 'plain')).toThrow(/no object 99/);
    expect(() => replacement.swap(sums[1]!, 'other')).toThrow(/no implementation other/);
  });
});
