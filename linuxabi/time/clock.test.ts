import { expect, it } from 'vitest';
import { Clock } from './clock.ts';

it('real time runs with monotonic time, exact to the nanosecond', () => {
  let nowNs = 5_000_000_123;
  const clock = new Clock(() => nowNs, 1_700_000_000_250);
  expect(clock.realtime()).toEqual({ seconds: 1_700_000_000, nanoseconds: 250_000_000 });
  nowNs += 999_999_999;
  expect(clock.realtime()).toEqual({ seconds: 1_700_000_001, nanoseconds: 249_999_999 });
  expect(clock.realtimeNs()).toBe(1_700_000_001_249_999_999n);
  expect(clock.monotonicOf(clock.realtime())).toBe(nowNs);
});
