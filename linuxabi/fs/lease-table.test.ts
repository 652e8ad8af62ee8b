import { expect, test } from 'vitest';
import type { FileNode } from '../../kernel/file-server.ts';
import { F_RDLCK, F_UNLCK, F_WRLCK } from '../abi/fcntl.ts';
import type { Description } from './description.ts';
import { LeaseTable } from './lease-table.ts';
import type { LeaseBreak } from './lease-table.ts';

const node = {} as FileNode;

function holding(type: typeof F_RDLCK | typeof F_WRLCK) {
  const leases = new LeaseTable();
  const description = { node } as Description;
  leases.set(description, 3, type);
  const told: number[] = [];
  const opening = (wanted: LeaseBreak['wanted'], nowNs: number): boolean =>
    leases.breakFor(node, { wanted, nowNs, breakTimeNs: 100, tell: (_description, fd) => told.push(fd) });
  return { leases, description, told, opening };
}

test('a holder is told once, and loses its lease when its time is over', () => {
  const { leases, description, told, opening } = holding(F_RDLCK);
  expect(opening('read', 0)).toBe(true);
  expect(opening('write', 0)).toBe(false);
  expect(opening('write', 50)).toBe(false);
  expect(told).toEqual([3]);
  expect(leases.typeOf(description)).toBe(F_UNLCK);
  expect(leases.deadlineNs).toBe(100);
  expect(opening('write', 100)).toBe(true);
  expect(leases.remove(description)).toBe(false);
});

test('a write lease comes down to a read lease for readers', () => {
  const { leases, description, told, opening } = holding(F_WRLCK);
  expect(opening('read', 0)).toBe(false);
  expect(leases.typeOf(description)).toBe(F_RDLCK);
  expect(opening('read', 100)).toBe(true);
  expect(leases.typeOf(description)).toBe(F_RDLCK);
  expect(opening('write', 100)).toBe(false);
  expect(told).toEqual([3, 3]);
});
