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
