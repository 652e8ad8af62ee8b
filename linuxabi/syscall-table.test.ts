import { expect, it } from 'vitest';
import { ARGUMENT_REGISTERS } from './syscall.ts';
import { syscallTable } from './syscall-table.ts';

it('every syscall says honestly how far it goes', () => {
  const names = new Set<string>();
  for (const [number, definition] of syscallTable.entries()) {
    if (definition === undefined) continue;
    expect(definition.number).toBe(number);
    expect(definition.arguments.length).toBeLessThanOrEqual(ARGUMENT_REGISTERS.length);
    expect(names.has(definition.name), definition.name).toBe(false);
    names.add(definition.name);
    const { level, missing = [] } = definition.support;
    expect(missing.length > 0, definition.name).toBe(level !== 'full');
  }
  expect(names.size).toBeGreaterThan(250);
});

/** Calls up to this number came with Linux 6.1 and before; a few later ones are known too. */
const LAST = 450;
/** Never given out on x86-64. */
const UNUSED = { first: 335, end: 424 } as const;

it('every number of Linux 6.1 is answered on purpose', () => {
  const missing: number[] = [];
  for (let number = 0; number <= LAST; number++) {
    if (number >= UNUSED.first && number < UNUSED.end) continue;
    if (syscallTable[number] === undefined) missing.push(number);
  }
  expect(missing).toEqual([]);
});
