/** The base of the kernel: references and factories, trace, timers, dispatchers and the main loop. */
import { describe, expect, it } from 'vitest';
import { DispatcherState } from './dispatcher.ts';
import type { Dispatcher } from './dispatcher.ts';
import { FactoryRegistry } from './factory.ts';
import type { Host } from './host.ts';
import { MainLoop } from './main-loop.ts';
import { deref } from './reference.ts';
import { Scheduler } from './scheduler.ts';
import { SchedulingPolicies } from './scheduling-policies.ts';
import { Timer, TimerQueue } from './timer.ts';
import { kernelEvents, TraceClass } from './trace/events.ts';
import { TraceRing } from './trace/ring.ts';
import { createTrace, traceText } from './trace/trace.ts';

const quietTrace = () => createTrace({ sizeWords: 256, nowNs: () => 0 });

/** A clock that moves only when the loop sleeps. */
class TestHost implements Host {
  time = 0;
  #deferred: (() => void)[] = [];
  #alarm: { deadlineNs: number; callback: () => void } | undefined;

  nowNs(): number {
    return this.time;
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback);
  }

  wakeAt(deadlineNs: number, callback: () => void) {
    const alarm = { deadlineNs, callback };
    this.#alarm = alarm;
    return { cancel: () => void (this.#alarm === alarm && (this.#alarm = undefined)) };
  }

  /** One event of the host; false when there is none. */
  step(): boolean {
    const next = this.#deferred.shift();
    if (next !== undefined) {
      next();
      return true;
    }
    const alarm = this.#alarm;
    if (alarm === undefined) return false;
    this.#alarm = undefined;
    this.time = Math.max(this.time, alarm.deadlineNs);
    alarm.callback();
    return true;
  }
}

describe('references and factories', () => {
  it('count holders, take a census, and end objects once', () => {
    const registry = new FactoryRegistry(quietTrace());
    const ended: string[] = [];
    const factory = registry.define({
      type: 'thing',
      implementation: 'plain',
      version: 3,
      construct: (name: string) => ({ name }),
      destroyed: ({ name }: { name: string }) => ended.push(name),
    });
    const a = factory.create('a');
    const b = factory.create('b');
    expect(deref(a).name).toBe('a');
    a.retain();
    a.release();
    b.release();
    expect(ended).toEqual(['b']);
    const row = { type: 'thing', implementation: 'plain', version: 3, live: 1, created: 2 };
    expect(registry.census()).toEqual([row]);
    expect([...factory.instances()]).toEqual([a]);
    a.release();
    expect(() => a.release()).toThrow(/after its end/);
    expect(() => a.retain()).toThrow(/after its end/);
  });
});

describe('trace', () => {
  it('records only classes that are on, and prints by the event’s format', () => {
    const trace = createTrace({ sizeWords: 256, nowNs: () => 1_500_000_000, mask: TraceClass.Fault });
    trace.dispatch(1, 2);
    trace.pageFault(1, 0x401000, 4, 0);
    expect(traceText(trace)).toEqual(['1.500000000 pageFault space 1 address 0x401000 access 4 outcome 0']);
  });

  it('every event has one placeholder per field and a name of its own', () => {
    expect(new Set(kernelEvents.map(({ name }) => name)).size).toBe(kernelEvents.length);
    for (const { name, fields, format } of kernelEvents) {
      expect(format.match(/%[dx]/g)?.length ?? 0, name).toBe(fields.length);
    }
  });

  it('keeps the newest records, whole and in order, and counts what it lost', () => {
    const ring = new TraceRing(50);
    for (let i = 0; i < 100; i++) {
      const at = ring.begin(1, i, i % 4);
      for (let field = 0; field < i % 4; field++) ring.set(at + field, i * 10 + field);
    }
    const records = ring.records();
    expect(records.length + ring.overwritten).toBe(100);
    expect(records.length).toBeGreaterThan(8);
    records.forEach(({ timeNs, fields }, index) => {
      expect(timeNs).toBe(100 - records.length + index);
      expect(fields).toEqual(Array.from({ length: timeNs % 4 }, (_, field) => timeNs * 10 + field));
    });
  });
});

describe('timers', () => {
  it('expire in order of deadline, then of arming; cancelled ones do not', () => {
    const queue = new TimerQueue();
    const order: number[] = [];
    let seed = 1;
    const timers = Array.from({ length: 200 }, (_, i) => {
      const timer = new Timer(() => order.push(i));
      seed = (Math.imul(seed, 48271) >>> 0) % 0x7fffffff;
      queue.arm(timer, seed % 50);
      return timer;
    });
    const expected = timers
      .map((timer, i) => ({ i, at: timer.deadlineNs }))
      .filter(({ i }) => i % 3 !== 0)
      .toSorted((a, b) => a.at - b.at || a.i - b.i)
      .map(({ i }) => i);
    timers.forEach((timer, i) => void (i % 3 === 0 && queue.cancel(timer)));
    queue.expire(100);
    expect(order).toEqual(expected);
    expect(queue.nextDeadlineNs).toBe(Infinity);
  });

  it('tells when the next deadline moved nearer', () => {
    const queue = new TimerQueue();
    let told = 0;
    queue.onEarlier = () => told++;
    queue.at(100, () => {});
    queue.at(200, () => {});
    const cancel = queue.at(50, () => {});
    expect(told).toBe(2);
    cancel();
    expect(queue.nextDeadlineNs).toBe(100);
  });
});

describe('dispatchers', () => {
  function machine() {
    const host = new TestHost();
    const timers = new TimerQueue();
    const scheduler = new Scheduler(quietTrace(), {
      policy: new SchedulingPolicies(new FactoryRegistry(quietTrace())).create(),
    });
    return { host, timers, scheduler, loop: new MainLoop(host, timers, scheduler) };
  }

  it('take turns', () => {
    const { scheduler } = machine();
    const log: string[] = [];
    for (const name of ['a', 'b', 'c']) scheduler.createDispatcher({ runSlice: () => log.push(name) }).start();
    for (let i = 0; i < 7; i++) scheduler.runNext();
    expect(log.join('')).toBe('abcabca');
  });

  it('an unpark during the slice that parked is not lost', () => {
    const { scheduler } = machine();
    const dispatcher: Dispatcher = scheduler.createDispatcher({
      runSlice: () => {
        dispatcher.park();
        dispatcher.unpark();
      },
    });
    dispatcher.start();
    scheduler.runNext();
    expect(dispatcher.state).toBe(DispatcherState.Ready);
  });

  it('the run queue outgrows its first size and skips those that ended', () => {
    const { scheduler } = machine();
    const ran: number[] = [];
    const all = Array.from({ length: 300 }, (_, i) => {
      const dispatcher: Dispatcher = scheduler.createDispatcher({
        runSlice: () => {
          ran.push(i);
          dispatcher.end();
        },
      });
      return dispatcher;
    });
    for (const dispatcher of all) dispatcher.start();
    all[5]!.end();
    while (scheduler.runNext());
    expect(ran).toEqual(all.map((_, i) => i).filter((i) => i !== 5));
    expect(scheduler.live.size).toBe(0);
  });

  it('the loop sleeps until the next timer, is woken from outside, and stops when asked', async () => {
    const { host, timers, scheduler, loop } = machine();
    const log: string[] = [];
    const sleeper: Dispatcher = scheduler.createDispatcher({
      runSlice: () => {
        log.push(`run at ${host.time}`);
        sleeper.park();
        if (log.length < 3) timers.at(host.time + 1000, () => sleeper.unpark());
      },
    });
    sleeper.start();
    const finished = loop.run();
    while (host.step());
    expect(log).toEqual(['run at 0', 'run at 1000', 'run at 2000']);
    host.time = 5000;
    sleeper.unpark();
    while (host.step());
    expect(log.at(-1)).toBe('run at 5000');
    loop.stop();
    await finished;
  });

  it('a broken invariant inside a turn rejects the run', async () => {
    const { host, scheduler, loop } = machine();
    const failing = scheduler.createDispatcher({
      runSlice: () => {
        throw new Error('broken');
      },
    });
    failing.start();
    const finished = loop.run();
    host.step();
    await expect(finished).rejects.toThrow('broken');
  });
});
