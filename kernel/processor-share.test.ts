import { describe, expect, it } from 'vitest';
import { ProcessorShare, SHARE_PERIOD_NS } from './processor-share.ts';

const MS = 1_000_000;

/** Turns of 5 ms of something that always wants to run; the time it got. */
function runFor(share: ProcessorShare, lengthNs: number): number {
  let nowNs = 0;
  let ranNs = 0;
  while (nowNs < lengthNs) {
    const atNs = share.mayRunAtNs(nowNs);
    if (atNs > nowNs) nowNs = atNs;
    else {
      nowNs += 5 * MS;
      ranNs += 5 * MS;
      share.charge(5 * MS);
    }
  }
  return ranNs;
}

describe('a share of the processor', () => {
  it('without a limit lets everything run', () => {
    const share = new ProcessorShare();
    share.charge(1e12);
    expect(share.mayRunAtNs(5)).toBe(5);
  });

  it.each([0.01, 0.25, 0.5, 0.9])('of %d is kept', (part) => {
    const lengthNs = 100 * SHARE_PERIOD_NS;
    const ran = runFor(new ProcessorShare(part), lengthNs);
    expect(Math.abs(ran / lengthNs - part)).toBeLessThan(0.01);
  });

  it('does not save up what was not used', () => {
    const share = new ProcessorShare(0.5);
    const later = 50 * SHARE_PERIOD_NS;
    expect(share.mayRunAtNs(later)).toBe(later);
    share.charge(60 * MS);
    const again = share.mayRunAtNs(later + 60 * MS);
    expect(again).toBe(later + SHARE_PERIOD_NS);
    expect(share.mayRunAtNs(again)).toBe(again);
    expect(share).toMatchObject({ throttledPeriods: 1, throttledNs: 40 * MS });
  });
});
