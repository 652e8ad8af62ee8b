/** Descriptor numbers and record locks. */
import { describe, expect, it } from 'vitest';
import { NodeKind } from '../../kernel/file-server.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { FactoryRegistry } from '../../kernel/factory.ts';
import { FileFactories } from '../../kernel/files/file-factories.ts';
import { nullRule, RuleDevice } from '../../kernel/files/memory-devices.ts';
import { createTrace } from '../../kernel/trace/trace.ts';
import { MemoryServer } from '../../rootfs/memfs/memory-server.ts';
import { Description } from './description.ts';
import { FdTable, OnExec } from './fd-table.ts';
import { LockTable, LockType } from './lock-table.ts';
import type { RecordLock } from './lock-table.ts';

const server = new MemoryServer({ deviceId: 1 });
const node = server.root.create('f', { kind: NodeKind.File, permissions: 0o644, owner: 0, group: 0 }) as FileNode;
const registry = new FactoryRegistry(createTrace({ sizeWords: 64, nowNs: () => 0, mask: 0 }));
const factories = new FileFactories(registry);

function description(closed: () => void = () => undefined): Description {
  const made = new Description({
    reference: factories.adopt('device', new RuleDevice(node, nullRule)),
    factories,
    flags: 0,
  });
  made.onClose.set(made, closed);
  return made;
}

describe('FdTable', () => {
  it('always gives the lowest free number', () => {
    const table = new FdTable(new LockTable());
    const allocate = (from = 0): number => table.allocate(description(), OnExec.Keep, 10, from);
    expect([allocate(), allocate(), allocate()]).toEqual([0, 1, 2]);
    table.close(1);
    expect(allocate(5)).toBe(5);
    expect([allocate(), allocate(), allocate(), allocate(), allocate()]).toEqual([1, 3, 4, 6, 7]);
    expect([allocate(), allocate(), allocate()]).toEqual([8, 9, -1]);
    table.close(0);
    expect(table.hasRoom(10)).toBe(true);
    expect(allocate()).toBe(0);
    expect(table.hasRoom(10)).toBe(false);
  });

  it('closes a description with its last descriptor, in whatever process', () => {
    let closed = 0;
    const table = new FdTable(new LockTable());
    table.allocate(
      description(() => closed++),
      OnExec.Keep,
      10,
    );
    const child = table.fork();
    table.release();
    expect(closed).toBe(0);
    child.close(0);
    expect(closed).toBe(1);
  });

  it('closes what is marked so at execve', () => {
    const table = new FdTable(new LockTable());
    table.allocate(description(), OnExec.Close, 10);
    table.allocate(description(), OnExec.Keep, 10);
    table.closeOnExec();
    expect([...table.descriptors()].map(([fd]) => fd)).toEqual([1]);
  });
});

describe('LockTable', () => {
  const lock = (owner: object, type: LockType, start: number, end: number): RecordLock => ({
    owner,
    type,
    start,
    end,
    pid: 1,
  });
  const [a, b] = [{}, {}];

  it('tells who is in the way', () => {
    const locks = new LockTable();
    locks.setRecord(node, lock(a, LockType.Read, 0, 10));
    expect(locks.conflict(node, lock(b, LockType.Read, 5, 6))).toBeUndefined();
    expect(locks.conflict(node, lock(b, LockType.Write, 9, 20))?.owner).toBe(a);
    expect(locks.conflict(node, lock(b, LockType.Write, 10, 20))).toBeUndefined();
    expect(locks.conflict(node, lock(a, LockType.Write, 0, 10))).toBeUndefined();
  });

  it('splits a lock when its middle is released', () => {
    const locks = new LockTable();
    locks.setRecord(node, lock(a, LockType.Write, 0, Infinity));
    locks.clearRecord(node, lock(a, LockType.Write, 10, 20));
    expect(locks.conflict(node, lock(b, LockType.Write, 10, 20))).toBeUndefined();
    expect(locks.conflict(node, lock(b, LockType.Write, 9, 10))).toBeDefined();
    expect(locks.conflict(node, lock(b, LockType.Write, 1e9, 1e9 + 1))).toBeDefined();
  });

  it('notices owners that would wait for each other', () => {
    const locks = new LockTable();
    locks.waitBegins(a, b);
    expect(locks.wouldDeadlock(b, a)).toBe(true);
    locks.waitEnds(a);
    expect(locks.wouldDeadlock(b, a)).toBe(false);
  });

  it('wakes waiters when an owner goes', () => {
    const locks = new LockTable();
    let woken = 0;
    locks.setRecord(node, lock(a, LockType.Write, 0, 1));
    locks.released(node).add({ wake: () => void woken++ });
    locks.releaseOwner(node, a);
    expect(woken).toBe(1);
  });

  it('keeps whole-file locks apart and converts them', () => {
    const locks = new LockTable();
    expect(locks.takeWhole(node, a, LockType.Read, 1)).toBe(true);
    expect(locks.takeWhole(node, b, LockType.Read, 1)).toBe(true);
    expect(locks.takeWhole(node, a, LockType.Write, 1)).toBe(false);
    locks.releaseWhole(node, b);
    expect(locks.takeWhole(node, a, LockType.Write, 1)).toBe(true);
    expect(locks.takeWhole(node, b, LockType.Read, 1)).toBe(false);
  });
});
