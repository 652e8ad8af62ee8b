import { describe, expect, it } from 'vitest';
import { DIRECT_LIMIT, PAGE_SIZE, guestAddress } from '../address.ts';
import { ArenaPool } from './arena.ts';
import { Frame } from './frame.ts';
import { Access, FaultOutcome, Permission } from './guest-memory.ts';
import { PageBudget } from './page-budget.ts';
import { PagedMemory } from './paged-memory.ts';

const ALL = Permission.Read | Permission.Write;
const LOW = guestAddress(0x500000);
const HIGH = guestAddress(DIRECT_LIMIT + 0x10000);

function setUp(limitPages = Infinity) {
  const budget = new PageBudget(limitPages);
  const pool = new ArenaPool();
  const make = (): PagedMemory => new PagedMemory(pool, budget);
  const memory = make();
  return { budget, make, memory, own: budget.usedPages };
}

/** What the budget has gained by it. */
function cost(budget: PageBudget, act: () => void): number {
  const before = budget.usedPages;
  act();
  return budget.usedPages - before;
}

describe('a page budget', () => {
  it('pays for a page once, until its memory ends', () => {
    const { budget, memory, own } = setUp();
    expect(cost(budget, () => memory.mapZero(LOW, 5, ALL))).toBe(5);
    expect(cost(budget, () => memory.unmap(LOW, 5))).toBe(0);
    expect(cost(budget, () => memory.mapZero(LOW, 5, ALL))).toBe(0);
    expect(budget.usedPages).toBe(own + 5);
    memory.dispose();
    expect(budget.usedPages).toBe(0);
    expect(budget.peakPages).toBe(own + 5);
  });

  it('pays for pages above 4 GiB and for their table, until they are gone', () => {
    const { budget, memory } = setUp();
    expect(cost(budget, () => memory.mapZero(HIGH, 3, ALL))).toBe(4);
    expect(cost(budget, () => memory.unmap(HIGH, 3))).toBe(-4);
  });

  it.each([
    ['in place', LOW],
    ['above 4 GiB', HIGH],
  ])('pays for a lent page %s when it is copied', (_where, address) => {
    const { budget, make, memory } = setUp();
    memory.mapZero(address, 4, ALL);
    const child = make();
    // Above 4 GiB the child has a table of its own.
    expect(cost(budget, () => memory.lend(child, address, 4))).toBe(address === HIGH ? 1 : 0);
    expect(cost(budget, () => child.writeU8(address, 1))).toBe(1);
    expect(cost(budget, () => memory.writeU8(guestAddress(address + PAGE_SIZE), 1))).toBe(1);
    memory.dispose();
    child.dispose();
    expect(budget.usedPages).toBe(0);
  });

  it('goes on paying for an ended memory whose pages are lent', () => {
    const { budget, make, memory } = setUp();
    memory.mapZero(LOW, 4, ALL);
    const child = make();
    memory.lend(child, LOW, 4);
    expect(cost(budget, () => memory.dispose())).toBe(0);
    child.dispose();
    expect(budget.usedPages).toBe(0);
  });

  it('pays for a shared frame where it is in place', () => {
    const { budget, memory } = setUp();
    const frame = new Frame(new Uint8Array(PAGE_SIZE));
    // The table of pages that are not in place.
    expect(cost(budget, () => memory.mapFrame(LOW, frame, ALL))).toBe(1);
    expect(cost(budget, () => memory.writeU8(LOW, 1))).toBe(1);
    memory.dispose();
    expect(budget.usedPages).toBe(0);
  });

  it('asks the fault handler instead of copying a lent page without room', () => {
    const { budget, make, memory } = setUp();
    memory.mapZero(LOW, 2, ALL);
    const child = make();
    memory.lend(child, LOW, 2);
    budget.limitPages = budget.usedPages;
    const asked: number[] = [];
    child.setFaultHandler((page) => {
      asked.push(page);
      return FaultOutcome.OutOfMemory;
    });
    expect(child.probe(LOW, 1, Access.Write)).toBe(FaultOutcome.OutOfMemory);
    expect(asked).toEqual([LOW]);
    // Code is decoded from the lender's page.
    memory.protect(LOW, 2, ALL | Permission.Execute);
    child.setFaultHandler(() => {
      budget.limitPages += 1;
      return FaultOutcome.Resolved;
    });
    expect(child.probe(LOW, 1, Access.Write)).toBe(FaultOutcome.Resolved);
  });

  it('has arenas collected when many pages lie in ended ones', () => {
    let collections = 0;
    const pool = new ArenaPool(() => collections++);
    const budget = new PageBudget(0x10000);
    for (let i = 0; i < 10; i++) {
      const memory = new PagedMemory(pool, budget);
      memory.mapZero(LOW, 0x1000, Permission.Read);
      memory.dispose();
    }
    // 16 MiB each, more than is kept; collected after more than 64 MiB.
    expect(collections).toBe(1);
  });
});
