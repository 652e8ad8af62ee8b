/** Frames in several guest memories at once: who has the bytes in place, and that all see the same. */
import { expect, it } from 'vitest';
import { guestAddress, PAGE_SIZE } from '../address.ts';
import { ArenaPool } from './arena.ts';
import { FrameStore } from './frame-store.ts';
import { Access } from './guest-memory.ts';
import { PagedMemory } from './paged-memory.ts';

const [HERE, THERE] = [guestAddress(0x500000), guestAddress(0x600000)];
const [READ_ONLY, READ_WRITE] = [1, 3];
const pool = new ArenaPool();

function setUp(): {
  one: PagedMemory;
  other: PagedMemory;
  store: FrameStore;
  frame: ReturnType<FrameStore['allocate']>;
} {
  const store = new FrameStore();
  const frame = store.allocate();
  const [one, other] = [new PagedMemory(pool), new PagedMemory(pool)];
  one.mapFrame(HERE, frame, READ_WRITE);
  other.mapFrame(THERE, frame, READ_WRITE);
  return { one, other, store, frame };
}

/** What generated code may do in place. */
function inPlace(memory: PagedMemory, address: number): number {
  return memory.arena.table.entries[address / PAGE_SIZE]! & 7;
}

it('is in place where it is used: for one to write, for many to read', () => {
  const { one, other } = setUp();
  expect(inPlace(one, HERE)).toBe(0);
  one.writeU32(HERE, 1);
  expect([inPlace(one, HERE), inPlace(other, THERE)]).toEqual([READ_WRITE, 0]);
  expect(other.readU32(THERE)).toBe(1);
  expect([inPlace(one, HERE), inPlace(other, THERE)]).toEqual([READ_ONLY, READ_ONLY]);
  other.writeU32(THERE, 2);
  expect([inPlace(one, HERE), inPlace(other, THERE)]).toEqual([0, READ_WRITE]);
  expect(one.readU32(HERE)).toBe(2);
});

it('is itself up to date, and its changes are seen', () => {
  const { one, other, frame } = setUp();
  one.writeU8(HERE, 1);
  expect(frame.forReading()[0]).toBe(1);
  expect(inPlace(one, HERE)).toBe(READ_WRITE);
  one.writeU8(HERE, 2);
  frame.forWriting()[1] = 3;
  expect([one.readU16(HERE), other.readU16(THERE)]).toEqual([0x302, 0x302]);
});

it('keeps what was written by a memory that is gone, and by one that unmapped it', () => {
  const { one, other, store, frame } = setUp();
  one.writeU8(HERE, 1);
  one.dispose();
  expect(other.readU8(THERE)).toBe(1);
  other.writeU8(THERE, 2);
  other.unmap(THERE, 1);
  expect(frame.forReading()[0]).toBe(2);
  store.release(frame);
  expect(store.allocate().forReading()[0]).toBe(0);
});

it('may be at two addresses of one memory', () => {
  const { one, frame } = setUp();
  one.mapFrame(guestAddress(HERE + PAGE_SIZE), frame, READ_WRITE);
  one.writeU8(HERE, 1);
  one.writeU8(guestAddress(HERE + PAGE_SIZE + 1), 2);
  expect(one.readU16(HERE)).toBe(0x201);
  // Across the border between the two.
  one.writeU32(guestAddress(HERE + PAGE_SIZE - 2), 0x44332211);
  expect([one.readU16(HERE), one.readU16(guestAddress(HERE + PAGE_SIZE - 2))]).toEqual([0x4433, 0x2211]);
});

it('obeys the permissions of its mapping', () => {
  const { one, other } = setUp();
  one.writeU8(HERE, 1);
  one.protect(HERE, 1, READ_ONLY);
  expect(() => one.writeU8(HERE, 2)).toThrow(one.fault);
  other.writeU8(THERE, 3);
  expect(one.readU8(HERE)).toBe(3);
  expect(inPlace(one, HERE)).toBe(READ_ONLY);
  // A debugger writes all the same.
  one.pageBytes(HERE, Access.Write)![0] = 4;
  expect(inPlace(one, HERE)).toBe(READ_ONLY);
  expect(other.readU8(THERE)).toBe(4);
});

it('is shared with a forked memory, which asks for itself', () => {
  const { one, other } = setUp();
  const child = new PagedMemory(pool);
  one.writeU8(HERE, 1);
  one.lend(child, HERE, 1);
  expect(inPlace(child, HERE)).toBe(0);
  child.writeU8(HERE, 2);
  expect([one.readU8(HERE), other.readU8(THERE)]).toEqual([2, 2]);
});
