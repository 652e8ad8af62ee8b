/** The list of regions: searches for free ranges that remember what earlier ones saw, against a search that remembers nothing. */
import { describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '../../cpu/address.ts';
import { testMachine } from './fixtures.ts';
import { ForkPolicy, Region, RegionFlag } from './region.ts';
import { RegionList, STACK_GUARD_BYTES } from './region-list.ts';

const FLOOR = 16;
const CEILINGS = [600, 1000];
const STEPS = 4000;

const { anonymous } = testMachine().createSpace();

function region(start: number, end: number, flags = 0): Region {
  const attributes = {
    permissions: 3,
    allowed: 7,
    object: anonymous,
    flags,
    forkPolicy: ForkPolicy.Inherit,
    label: '',
  };
  return new Region(start * PAGE_SIZE, end * PAGE_SIZE, start * PAGE_SIZE, attributes);
}

/** In pages, from the highest place down. */
function searchEverywhere(list: RegionList, pages: number, ceiling: number): number | undefined {
  const regions = [...list];
  const taken = regions.map((one, index) => {
    // A stack keeps its guard free, as far as no neighbour stands in it.
    const guarded = one.has(RegionFlag.GrowsDown) ? one.start - STACK_GUARD_BYTES : one.start;
    const start = Math.min(one.start, Math.max(guarded, regions[index - 1]?.end ?? -Infinity));
    return { start: start / PAGE_SIZE, end: one.end / PAGE_SIZE };
  });
  for (let start = ceiling - pages; start >= FLOOR; start--) {
    if (taken.every((one) => one.end <= start || one.start >= start + pages)) return start;
  }
  return undefined;
}

describe('the highest gap', () => {
  it('is found whatever has been mapped and unmapped since the last search', () => {
    let seed = 4;
    const random = (below: number): number => (seed = (seed * 48271) % 0x7fffffff) % below;
    const list = new RegionList();
    let found = 0;
    for (let step = 0; step < STEPS; step++) {
      const pages = 1 + random(12);
      const ceiling = CEILINGS[random(2)]!;
      const wanted = searchEverywhere(list, pages, ceiling);
      const start = list.highestGap(pages * PAGE_SIZE, FLOOR * PAGE_SIZE, ceiling * PAGE_SIZE);
      expect(start, `step ${step}`).toBe(wanted === undefined ? undefined : wanted * PAGE_SIZE);
      if (wanted !== undefined) {
        found++;
        list.insert(region(wanted, wanted + pages, random(40) === 0 ? RegionFlag.GrowsDown : 0));
        if (random(2) === 0) list.merge(wanted * PAGE_SIZE, (wanted + pages) * PAGE_SIZE);
      }
      if (random(3) === 0 || wanted === undefined) {
        const from = FLOOR + random(CEILINGS[1]!);
        for (const gone of list.takeOut(from * PAGE_SIZE, (from + random(60)) * PAGE_SIZE)) gone.dispose();
      }
    }
    expect(found).toBeGreaterThan(STEPS / 4);
  });

  it('is below the guard of a stack', () => {
    const list = new RegionList();
    const guard = STACK_GUARD_BYTES / PAGE_SIZE;
    list.insert(region(900, 1000, RegionFlag.GrowsDown));
    expect(list.highestGap(PAGE_SIZE, 0, 1000 * PAGE_SIZE)).toBe((900 - guard - 1) * PAGE_SIZE);
  });
});

describe('regions of a range', () => {
  it('are taken out all at once, cut at its ends', () => {
    const list = new RegionList();
    for (let at = 0; at < 100; at += 10) list.insert(region(at, at + 9));
    const taken = list.takeOut(15 * PAGE_SIZE, 42 * PAGE_SIZE);
    const inPages = ({ start, end }: Region): string => `${start / PAGE_SIZE}-${end / PAGE_SIZE}`;
    expect(taken.map(inPages)).toEqual(['15-19', '20-29', '30-39', '40-42']);
    expect([...list].map(inPages).slice(0, 4)).toEqual(['0-9', '10-15', '42-49', '50-59']);
    expect(list.takeOut(9 * PAGE_SIZE, 10 * PAGE_SIZE)).toEqual([]);
  });
});
