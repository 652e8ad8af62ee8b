/** Random operations on a family of forked guest memories, held against a naive model (a Map of pages per memory). */
import { expect, it } from 'vitest';
import { PAGE_SIZE, guestAddress } from '../address.ts';
import { ArenaPool } from './arena.ts';
import type { Frame } from './frame.ts';
import { FrameStore } from './frame-store.ts';
import { PagedMemory } from './paged-memory.ts';

interface ModelPage {
  permissions: number;
  bytes: Uint8Array;
  frame: boolean;
}

/** Page numbers in use: reserved range, in place, around 4 GiB, high. */
const PAGES = [
  0x10, 0x3fe, 0x3ff, 0x400, 0x401, 0x402, 0x7ff, 0x800, 0xffffe, 0xfffff, 0x100000, 0x100001, 0x7fffffffe,
];
const RW = 3;

class Pair {
  readonly memory: PagedMemory;
  readonly model = new Map<number, ModelPage>();

  constructor(pool: ArenaPool) {
    this.memory = new PagedMemory(pool);
  }

  fork(pool: ArenaPool): Pair {
    const child = new Pair(pool);
    this.memory.lend(child.memory, guestAddress(0), 2 ** 35);
    for (const [page, entry] of this.model) {
      child.model.set(page, { ...entry, bytes: entry.frame ? entry.bytes : entry.bytes.slice() });
    }
    return child;
  }

  check(): void {
    expect(this.memory.presentPages()).toBe(this.model.size);
    for (const [page, entry] of this.model) {
      const got = this.memory.pageBytes(guestAddress(page * PAGE_SIZE), 1)!;
      if (Buffer.compare(got, entry.bytes) !== 0) throw new Error(`page ${page.toString(16)} differs`);
    }
  }
}

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Frames in use, each with the bytes it should have. */
type Frames = [frame: Frame, model: Uint8Array][];

function mutate(pair: Pair, next: (below: number) => number, frames: Frames, store: FrameStore): void {
  const page = PAGES[next(PAGES.length)]!;
  const address = guestAddress(page * PAGE_SIZE);
  const entry = pair.model.get(page);
  const permissions = [0, 1, RW, RW, 5, 7][next(6)]!;
  switch (next(9)) {
    case 0:
      pair.memory.mapZero(address, 1, permissions);
      pair.model.set(page, { permissions, bytes: new Uint8Array(PAGE_SIZE), frame: false });
      break;
    case 1: {
      const bytes = new Uint8Array(PAGE_SIZE).fill(next(256), 0, next(PAGE_SIZE));
      pair.memory.mapCopy(address, bytes.subarray(0, next(2) * PAGE_SIZE || PAGE_SIZE), permissions);
      pair.model.set(page, { permissions, bytes, frame: false });
      break;
    }
    case 2: {
      const known = frames[next(frames.length + 4)];
      const [frame, bytes] = known ?? [store.allocate(), new Uint8Array(PAGE_SIZE)];
      if (known === undefined) frames.push([frame, bytes]);
      pair.memory.mapFrame(address, frame, permissions);
      pair.model.set(page, { permissions, bytes, frame: true });
      break;
    }
    case 3:
      pair.memory.unmap(address, 1);
      pair.model.delete(page);
      break;
    case 4:
      pair.memory.protect(address, 1, permissions);
      if (entry) entry.permissions = permissions;
      break;
    case 5:
      if (entry) pair.memory.markCode(address);
      break;
    case 6: {
      const data = Uint8Array.from({ length: next(6000) }, () => next(256));
      const start = next(PAGE_SIZE);
      expect(pair.memory.write(guestAddress(address + start), data)).toBe(modelWrite(pair, page, start, data));
      break;
    }
    default: {
      const start = next(PAGE_SIZE);
      const value = next(2 ** 32);
      const data = new Uint8Array(4);
      new DataView(data.buffer).setUint32(0, value, true);
      if (entry && entry.permissions & 2 && start <= PAGE_SIZE - 4) {
        pair.memory.writeU32(guestAddress(address + start), value);
        modelWrite(pair, page, start, data);
        expect(pair.memory.readU32(guestAddress(address + start))).toBe(value);
      } else if (!entry || !(entry.permissions & 2)) {
        expect(() => pair.memory.writeU32(guestAddress(address + start), value)).toThrow(pair.memory.fault);
      }
    }
  }
}

function modelWrite(pair: Pair, page: number, start: number, data: Uint8Array): number {
  let done = 0;
  while (done < data.length) {
    const entry = pair.model.get(page);
    if (!entry || !(entry.permissions & 2)) return done;
    const part = data.subarray(done, done + PAGE_SIZE - start);
    entry.bytes.set(part, start);
    done += part.length;
    start = 0;
    page++;
  }
  return done;
}

it.each([1, 2, 3, 4])('random operations and forks, seed %i', (seed) => {
  const next = random(seed);
  const pool = new ArenaPool();
  const store = new FrameStore();
  const frames: Frames = [];
  const family = [new Pair(pool)];
  for (let step = 0; step < 3000; step++) {
    const index = next(family.length);
    const pair = family[index]!;
    const action = next(40);
    if (action === 0 && family.length < 12) family.push(pair.fork(pool));
    else if (action === 1 && family.length > 1) {
      pair.memory.dispose();
      family.splice(index, 1);
    } else mutate(pair, next, frames, store);
    if (action === 2 && frames.length > 0) {
      const [frame, model] = frames[next(frames.length)]!;
      const at = next(PAGE_SIZE);
      frame.forWriting()[at] = model[at] = next(256);
    }
    if (step % 10 === 0) family[next(family.length)]!.check();
    if (step % 300 === 0) for (const each of family) each.check();
  }
  for (const each of family) each.check();
  for (const [frame, model] of frames) expect(Buffer.compare(frame.forReading(), model)).toBe(0);
  for (const each of family) each.memory.dispose();
  for (const [frame, model] of frames) expect(Buffer.compare(frame.forReading(), model)).toBe(0);
  expect(pool.size).toBeGreaterThan(0);
});
