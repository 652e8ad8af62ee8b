import { describe, expect, it } from 'vitest';
import { SIGHUP, SIGINT, SIGRTMIN, SIGTERM, SI_QUEUE, SI_USER } from '../abi/signal.ts';
import { PendingSignals } from './pending.ts';
import { SignalSet } from './signal-set.ts';

const everything = new SignalSet(-1, -1);
const standard = (signal: number, pid = 1) => ({ signal, code: SI_USER, pid, uid: 0 });
const queued = (signal: number, value: bigint) => ({ signal, code: SI_QUEUE, value });

describe('pending signals', () => {
  it('keeps a standard signal once, with the first siginfo', () => {
    const pending = new PendingSignals();
    expect(pending.add(standard(SIGTERM, 10))).toBe(true);
    expect(pending.add(standard(SIGTERM, 11))).toBe(false);
    expect(pending.take(everything)).toMatchObject({ signal: SIGTERM, pid: 10 });
    expect(pending.take(everything)).toBeUndefined();
  });

  it('queues real-time signals in order, lowest number first, after the standard ones', () => {
    const pending = new PendingSignals();
    pending.add(queued(SIGRTMIN + 1, 1n));
    pending.add(queued(64, 9n));
    pending.add(queued(SIGRTMIN + 1, 2n));
    pending.add(queued(SIGRTMIN, 3n));
    pending.add(standard(SIGHUP));
    const taken = Array.from({ length: 5 }, () => pending.take(everything));
    expect(taken.map((info) => info?.signal)).toEqual([SIGHUP, SIGRTMIN, SIGRTMIN + 1, SIGRTMIN + 1, 64]);
    expect(taken.map((info) => info?.value)).toEqual([undefined, 3n, 1n, 2n, 9n]);
    expect(pending.set.isEmpty).toBe(true);
  });

  it('takes only what is wanted, and stays pending while more of it is queued', () => {
    const pending = new PendingSignals();
    pending.add(standard(SIGINT));
    pending.add(queued(40, 1n));
    pending.add(queued(40, 2n));
    expect(pending.take(SignalSet.of(40))?.value).toBe(1n);
    expect(pending.set.has(40)).toBe(true);
    pending.discard(SignalSet.of(40));
    expect(pending.set.has(40)).toBe(false);
    expect(pending.list()).toHaveLength(1);
    expect(pending.take(everything)?.signal).toBe(SIGINT);
  });

  it('keeps thousands in order, lists them by arrival, and settles each once', () => {
    const pending = new PendingSignals();
    const settled: bigint[] = [];
    for (let value = 0n; value < 3000n; value++)
      pending.add(queued(50 - Number(value % 2n), value), () => settled.push(value));
    expect(pending.list().map(({ value }) => value)).toEqual(Array.from({ length: 3000 }, (_, index) => BigInt(index)));
    const odd = Array.from({ length: 1500 }, () => pending.take(everything)?.value);
    expect(odd).toEqual(Array.from({ length: 1500 }, (_, index) => BigInt(2 * index + 1)));
    pending.dispose();
    expect(settled).toHaveLength(3000);
    expect(new Set(settled).size).toBe(3000);
    expect(pending.take(everything)).toBeUndefined();
  });

  it('knows of one without room for what it tells', () => {
    const pending = new PendingSignals();
    pending.addBare(SIGRTMIN);
    expect(pending.take(everything)).toMatchObject({ signal: SIGRTMIN, code: SI_USER, pid: 0, uid: 0 });
    expect(pending.set.isEmpty).toBe(true);
  });
});
