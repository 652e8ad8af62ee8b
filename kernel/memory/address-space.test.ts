/** Address spaces: placement, splitting and merging, faults, stack, heap, fork, shared memory; and a random walk against a model. */
import { describe, expect, it } from 'vitest';
import { DIRECT_LIMIT, PAGE_SIZE, guestAddress } from '../../cpu/address.ts';
import { Access, FaultOutcome, Permission } from '../../cpu/memory/guest-memory.ts';
import { contentOf, setSize, writeContent } from '../file-server.ts';
import { Status } from '../status.ts';
import { TraceClass } from '../trace/events.ts';
import { Placement } from './address-space.ts';
import type { AddressSpace } from './address-space.ts';
import { ArrayFile, testMachine } from './fixtures.ts';
import { ForkPolicy, RegionFlag } from './region.ts';

const RW = Permission.Read | Permission.Write;
const BASE = 0x1000000;

function mapPages(space: AddressSpace, address: number, pages: number, permissions = RW, flags = 0): number {
  return space.mapAnonymous({
    placement: Placement.Fixed,
    address,
    lengthBytes: pages * PAGE_SIZE,
    permissions,
    flags,
  });
}

function peek(space: AddressSpace, address: number): number {
  const byte = new Uint8Array(1);
  return space.memory.read(guestAddress(address), byte) === 1 ? byte[0]! : -1;
}

function poke(space: AddressSpace, address: number, value: number): boolean {
  return space.memory.write(guestAddress(address), Uint8Array.of(value)) === 1;
}

function shape(space: AddressSpace): string[] {
  return [...space.regions].map(
    ({ start, end, permissions }) => `${(start - BASE) / PAGE_SIZE}-${(end - BASE) / PAGE_SIZE}:${permissions}`,
  );
}

describe('regions', () => {
  it('split on unmap and protect, and merge again', () => {
    const space = testMachine().createSpace();
    mapPages(space, BASE, 10);
    expect(space.unmap(BASE + 4 * PAGE_SIZE, PAGE_SIZE)).toBe(Status.Ok);
    expect(shape(space)).toEqual(['0-4:3', '5-10:3']);
    expect(space.protect(BASE + PAGE_SIZE, PAGE_SIZE, Permission.Read)).toBe(Status.Ok);
    expect(shape(space)).toEqual(['0-1:3', '1-2:1', '2-4:3', '5-10:3']);
    space.protect(BASE + PAGE_SIZE, PAGE_SIZE, RW);
    mapPages(space, BASE + 4 * PAGE_SIZE, 1);
    expect(shape(space)).toEqual(['0-10:3']);
    expect(space.mappedBytes).toBe(10 * PAGE_SIZE);
  });

  it('protect changes what comes before a hole, and reports the hole', () => {
    const space = testMachine().createSpace();
    mapPages(space, BASE, 2);
    mapPages(space, BASE + 3 * PAGE_SIZE, 1);
    expect(space.protect(BASE, 4 * PAGE_SIZE, Permission.Read)).toBe(Status.OutOfMemory);
    expect(shape(space)).toEqual(['0-2:1', '3-4:3']);
  });

  it('keep content through protect, and refuse what they do not allow', () => {
    const space = testMachine().createSpace();
    mapPages(space, BASE, 2);
    poke(space, BASE, 7);
    space.protect(BASE, 2 * PAGE_SIZE, Permission.None);
    expect(peek(space, BASE)).toBe(-1);
    expect(space.memory.probe(guestAddress(BASE), 1, Access.Read)).toBe(FaultOutcome.Denied);
    space.protect(BASE, 2 * PAGE_SIZE, Permission.Read);
    expect(peek(space, BASE)).toBe(7);
    expect(poke(space, BASE, 8)).toBe(false);
    expect(space.memory.probe(guestAddress(BASE + 2 * PAGE_SIZE), 1, Access.Read)).toBe(FaultOutcome.Unmapped);
  });
});

describe('placement', () => {
  it('goes top-down below 4 GiB, honours free hints, and goes above when it must', () => {
    const space = testMachine().createSpace();
    const request = { placement: Placement.Anywhere, address: 0, lengthBytes: PAGE_SIZE, permissions: RW };
    const first = space.mapAnonymous(request);
    const second = space.mapAnonymous(request);
    expect(first).toBe(space.layout.mapCeiling - PAGE_SIZE);
    expect(second).toBe(first - PAGE_SIZE);
    expect(space.mapAnonymous({ ...request, address: BASE })).toBe(BASE);
    expect(space.mapAnonymous({ ...request, address: BASE })).toBe(second - PAGE_SIZE);
    const huge = space.mapAnonymous({ ...request, lengthBytes: 2 ** 44, permissions: Permission.None });
    expect(huge).toBeGreaterThanOrEqual(DIRECT_LIMIT);
    expect(space.mapAnonymous({ ...request, lengthBytes: 2 ** 47 })).toBe(Status.OutOfMemory);
    const low = space.mapAnonymous({ ...request, ceiling: 2 ** 31 });
    expect(low).toBe(2 ** 31 - PAGE_SIZE);
    expect(space.unmap(huge, 2 ** 44)).toBe(Status.Ok);
  });

  it('places reservations below 4 GiB in spite of a hint, as long as they fit', () => {
    const space = testMachine().createSpace();
    const hint = 0xc0_0000_0000;
    const request = {
      placement: Placement.Anywhere,
      address: hint,
      lengthBytes: 2 ** 26,
      permissions: Permission.None,
    };
    expect(space.mapAnonymous(request)).toBe(space.layout.mapCeiling - 2 ** 26);
    expect(space.mapAnonymous({ ...request, lengthBytes: 2 ** 33 })).toBe(hint);
    expect(space.mapAnonymous({ ...request, address: hint + 2 ** 33, permissions: RW })).toBe(hint + 2 ** 33);
  });

  it('uses memory above 4 GiB like any other', () => {
    const space = testMachine().createSpace();
    const high = 2 ** 40;
    mapPages(space, high, 4);
    expect(poke(space, high + 3 * PAGE_SIZE + 5, 9)).toBe(true);
    expect(peek(space, high + 3 * PAGE_SIZE + 5)).toBe(9);
  });

  it('FixedIfFree does not replace, Fixed does', () => {
    const space = testMachine().createSpace();
    mapPages(space, BASE, 2);
    poke(space, BASE, 1);
    const request = { address: BASE, lengthBytes: PAGE_SIZE, permissions: RW };
    expect(space.mapAnonymous({ ...request, placement: Placement.FixedIfFree })).toBe(Status.Exists);
    expect(space.mapAnonymous({ ...request, placement: Placement.Fixed })).toBe(BASE);
    expect(peek(space, BASE)).toBe(0);
  });

  it('fills the hole that fits', () => {
    const space = testMachine().createSpace();
    const request = { placement: Placement.Anywhere, address: 0, lengthBytes: 4 * PAGE_SIZE, permissions: RW };
    const areas = [1, 2, 3].map(() => space.mapAnonymous(request));
    space.unmap(areas[1]!, 4 * PAGE_SIZE);
    expect(space.mapAnonymous({ ...request, lengthBytes: 5 * PAGE_SIZE })).toBe(areas[2]! - 5 * PAGE_SIZE);
    expect(space.mapAnonymous({ ...request, lengthBytes: 3 * PAGE_SIZE })).toBe(areas[1]! + PAGE_SIZE);
  });
});

describe('stack and heap', () => {
  it('a stack grows when touched, up to its limit and not into a neighbour', () => {
    const space = testMachine().createSpace();
    mapPages(space, BASE, 1, RW, RegionFlag.GrowsDown);
    space.stackLimitBytes = 512 * PAGE_SIZE;
    expect(poke(space, BASE - 100 * PAGE_SIZE, 1)).toBe(true);
    expect(poke(space, BASE + PAGE_SIZE - 513 * PAGE_SIZE, 1)).toBe(false);
    expect(shape(space)).toEqual(['-100-1:3']);
    mapPages(space, BASE - 400 * PAGE_SIZE, 1);
    expect(poke(space, BASE - 150 * PAGE_SIZE, 1)).toBe(false);
    expect(poke(space, BASE - 140 * PAGE_SIZE, 1)).toBe(true);
  });

  it('the heap grows and shrinks by bytes, and stops below a mapping', () => {
    const space = testMachine().createSpace();
    space.heapStart = BASE;
    space.heapEnd = BASE;
    expect(space.setHeapEnd(BASE + 10)).toBe(Status.Ok);
    expect(poke(space, BASE + PAGE_SIZE - 1, 1)).toBe(true);
    mapPages(space, BASE + 8 * PAGE_SIZE, 1);
    expect(space.setHeapEnd(BASE + 8 * PAGE_SIZE)).toBe(Status.OutOfMemory);
    expect(space.setHeapEnd(BASE + 7 * PAGE_SIZE)).toBe(Status.Ok);
    expect(space.setHeapEnd(BASE)).toBe(Status.Ok);
    expect(peek(space, BASE)).toBe(-1);
    expect(space.setHeapEnd(BASE + 1)).toBe(Status.Ok);
    expect(peek(space, BASE)).toBe(0);
  });
});

describe('fork', () => {
  it('separates private memory, keeps shared memory, and follows each region’s policy', () => {
    const machine = testMachine(TraceClass.Fork);
    const parent = machine.createSpace();
    mapPages(parent, BASE, 4);
    const shared = machine.kernel.memory.createSharedAnonymous();
    const sharedAt = BASE + 16 * PAGE_SIZE;
    const request = {
      placement: Placement.Fixed,
      address: sharedAt,
      lengthBytes: PAGE_SIZE,
      permissions: RW,
      offset: 0,
    };
    parent.map({ ...request, object: shared });
    shared.release();
    for (const page of [0, 1, 2]) poke(parent, BASE + page * PAGE_SIZE, page + 1);
    parent.change(BASE + PAGE_SIZE, PAGE_SIZE, { forkPolicy: ForkPolicy.None });
    parent.change(BASE + 2 * PAGE_SIZE, PAGE_SIZE, { forkPolicy: ForkPolicy.Wipe });
    const created = (): number => machine.kernel.factories.census().reduce((sum, row) => sum + row.created, 0);
    const before = created();
    const child = parent.fork(machine.createMemory());
    expect(created()).toBe(before);
    expect(parent.anonymous.owner.description.implementation).toBe('copy-on-access');
    poke(parent, BASE, 50);
    poke(parent, sharedAt, 60);
    expect([0, 1, 2, 3].map((page) => peek(child, BASE + page * PAGE_SIZE))).toEqual([1, -1, 0, 0]);
    expect(peek(child, sharedAt)).toBe(60);
    poke(child, BASE + 3 * PAGE_SIZE, 70);
    expect(peek(parent, BASE + 3 * PAGE_SIZE)).toBe(0);
    const [record] = machine.kernel.trace.control.ring.records();
    // parent, child, regions, new objects, calls
    expect(record!.fields.slice(0, 5)).toEqual([parent.id, child.id, 4, 0, 2]);
    parent.dispose();
    expect(child.anonymous.owner.description.implementation).toBe('anonymous');
    expect(peek(child, BASE)).toBe(1);
    child.dispose();
    const live = machine.kernel.factories.census().filter((row) => row.type === 'memory-object' && row.live > 0);
    expect(live).toEqual([]);
    expect(machine.frames.live).toBe(0);
  });

  it('leaves nothing behind after 300 generations', () => {
    const machine = testMachine();
    let space = machine.createSpace();
    mapPages(space, BASE, 8);
    for (let generation = 0; generation < 300; generation++) {
      poke(space, BASE + (generation % 8) * PAGE_SIZE, generation % 251);
      const child = space.fork(machine.createMemory());
      space.dispose();
      space = child;
    }
    expect(machine.kernel.memory.spaces.size).toBe(1);
    expect(peek(space, BASE + (299 % 8) * PAGE_SIZE)).toBe(299 % 251);
  });
});

describe('files', () => {
  const size = 3 * PAGE_SIZE + 100;
  const pattern = (): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 12)) & 0xff);
  const request = { placement: Placement.Fixed, address: BASE, lengthBytes: 5 * PAGE_SIZE, permissions: RW, offset: 0 };

  it('mapped privately: the content, zeros to the end of the last page, nothing beyond; writes stay here', () => {
    const machine = testMachine();
    const space = machine.createSpace();
    const file = new ArrayFile(pattern());
    const object = machine.kernel.memory.createFilePrivate(file);
    space.map({ ...request, object });
    object.release();
    const bytes = new Uint8Array(4 * PAGE_SIZE);
    expect(space.memory.read(guestAddress(BASE), bytes)).toBe(4 * PAGE_SIZE);
    expect(bytes.subarray(0, size)).toEqual(pattern());
    expect(bytes.subarray(size).every((byte) => byte === 0)).toBe(true);
    expect(space.memory.probe(guestAddress(BASE + 4 * PAGE_SIZE), 1, Access.Read)).toBe(FaultOutcome.NoBacking);
    poke(space, BASE, 200);
    expect(file.content).toEqual(pattern());
    space.discard(BASE, PAGE_SIZE);
    expect(peek(space, BASE)).toBe(0);
    expect(file.holds).toBe(1);
    space.dispose();
    expect(file.holds).toBe(0);
  });

  it('mapped privately: pages that nobody has written show what is written to the file, in a fork as well', () => {
    const machine = testMachine();
    const { memory } = machine.kernel;
    const file = new ArrayFile(new Uint8Array(3 * PAGE_SIZE).fill(1));
    const space = machine.createSpace();
    const object = memory.createFilePrivate(file);
    space.map({ ...request, lengthBytes: 3 * PAGE_SIZE, object });
    object.release();
    for (let page = 0; page < 3; page++) peek(space, BASE + page * PAGE_SIZE);
    poke(space, BASE + PAGE_SIZE + 7, 9);
    const child = space.fork(machine.createMemory());
    writeContent(file, PAGE_SIZE - 1, new Uint8Array(PAGE_SIZE + 2).fill(2));
    for (const each of [space, child]) {
      expect([0, PAGE_SIZE - 1].map((at) => peek(each, BASE + at))).toEqual([1, 2]);
      expect([PAGE_SIZE, PAGE_SIZE + 7].map((at) => peek(each, BASE + at))).toEqual([1, 9]);
      expect([2 * PAGE_SIZE, 2 * PAGE_SIZE + 1].map((at) => peek(each, BASE + at))).toEqual([2, 1]);
    }
    setSize(file, 10);
    expect(peek(space, BASE + 10)).toBe(0);
    for (const each of [space, child]) each.dispose();
    expect(file.changing).toBe(undefined);
  });

  it('mapped shared: every mapper and every caller of read and write sees the same bytes', () => {
    const machine = testMachine();
    const { memory } = machine.kernel;
    const file = new ArrayFile(pattern());
    const spaces = [machine.createSpace(), machine.createSpace()];
    for (const space of spaces) {
      const object = memory.createFileShared(file);
      space.map({ ...request, object });
      object.release();
    }
    const [one, two] = spaces as [AddressSpace, AddressSpace];
    expect(peek(one, BASE + 5)).toBe(35);
    expect(poke(one, BASE + 5, 1)).toBe(true);
    expect(peek(two, BASE + 5)).toBe(1);
    expect(file.content[5]).toBe(35);
    const read = new Uint8Array(3);
    expect(contentOf(file).read(4, read)).toBe(3);
    expect([...read]).toEqual([28, 1, 42]);
    writeContent(file, PAGE_SIZE, Uint8Array.of(77));
    expect(peek(two, BASE + PAGE_SIZE)).toBe(77);
    expect(one.regions.find(BASE)!.object.writeBack(0, PAGE_SIZE)).toBe(Status.Ok);
    expect(file.content[5]).toBe(1);
    poke(two, BASE + size + 10, 9);
    one.dispose();
    two.dispose();
    expect(file.content.length).toBe(size);
    expect(memory.filePages.size).toBe(0);
    expect(machine.frames.live).toBe(0);
    expect(file.holds).toBe(0);
  });

  it('mapped and shortened: what lies beyond the end is gone for everyone, own copies too, and comes back as zeros', () => {
    const machine = testMachine();
    const { memory } = machine.kernel;
    const file = new ArrayFile(new Uint8Array(3 * PAGE_SIZE).fill(1));
    const spaces = [machine.createSpace(), machine.createSpace()] as const;
    const objects = [memory.createFileShared(file), memory.createFilePrivate(file)] as const;
    for (const [i, space] of spaces.entries()) {
      space.map({ ...request, lengthBytes: 3 * PAGE_SIZE, object: objects[i]! });
      objects[i]!.release();
      for (let page = 0; page < 3; page++) poke(space, BASE + page * PAGE_SIZE + 50, 8 + i);
    }
    setSize(file, PAGE_SIZE + 20);
    for (const space of spaces) {
      expect(space.memory.probe(guestAddress(BASE + 2 * PAGE_SIZE), 1, Access.Read)).toBe(FaultOutcome.NoBacking);
      expect(space.memory.isPresent(guestAddress(BASE))).toBe(true);
    }
    expect(peek(spaces[0], BASE + PAGE_SIZE + 50)).toBe(0);
    // Behind the end of the file, in its last page.
    poke(spaces[0], BASE + PAGE_SIZE + 60, 5);
    setSize(file, 3 * PAGE_SIZE);
    expect(peek(spaces[0], BASE + PAGE_SIZE + 60)).toBe(0);
    expect(peek(spaces[1], BASE + 2 * PAGE_SIZE + 50)).toBe(0);
    for (const space of spaces) space.dispose();
    expect(file.shortened).toBe(undefined);
    expect(file.holds).toBe(0);
  });

  it('mapped shared: only pages written since the last time are written back', () => {
    const machine = testMachine();
    const file = new ArrayFile(new Uint8Array(8 * PAGE_SIZE));
    const space = machine.createSpace();
    const object = machine.kernel.memory.createFileShared(file);
    space.map({ ...request, lengthBytes: 8 * PAGE_SIZE, object });
    object.release();
    const sync = (): number => {
      const before = file.writes;
      space.regions.find(BASE)!.object.writeBack(0, 8 * PAGE_SIZE);
      return file.writes - before;
    };
    for (let page = 0; page < 8; page++) poke(space, BASE + page * PAGE_SIZE, 1);
    expect(sync()).toBe(8);
    expect(sync()).toBe(0);
    expect(peek(space, BASE + 3 * PAGE_SIZE)).toBe(1);
    expect(sync()).toBe(0);
    poke(space, BASE + 3 * PAGE_SIZE, 2);
    expect(sync()).toBe(1);
    expect(file.content[3 * PAGE_SIZE]).toBe(2);
    space.dispose();
  });
});

describe('a random walk', () => {
  it('agrees with a model of pages, while the memory objects are swapped', () => {
    let seed = 12345;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const machine = testMachine();
    const PAGES = 24;
    type Model = Map<number, { permissions: number; value: number }>;
    const walkers: { space: AddressSpace; model: Model }[] = [{ space: machine.createSpace(), model: new Map() }];
    const { census, replacement } = machine.kernel;
    const swapped = new Set<string>();
    const swapOne = (): void => {
      const objects = census.objects().filter(({ type }) => type === 'memory-object');
      const { id } = objects[random(objects.length)]!;
      const implementation = ['anonymous', 'copy-on-access', 'image'][random(3)]!;
      swapped.add(`${implementation}: ${replacement.swap(id, implementation).reason || 'done'}`);
    };
    for (let step = 0; step < 4000; step++) {
      if (random(20) === 0) swapOne();
      const { space, model } = walkers[random(walkers.length)]!;
      const start = random(PAGES);
      const count = 1 + random(Math.min(6, PAGES - start));
      const pages = Array.from({ length: count }, (_, i) => start + i);
      const address = BASE + start * PAGE_SIZE;
      const permissions = [0, 1, 3, 7][random(4)]!;
      switch (random(7)) {
        case 0:
          mapPages(space, address, count, permissions);
          for (const page of pages) model.set(page, { permissions, value: 0 });
          break;
        case 1:
          space.unmap(address, count * PAGE_SIZE);
          for (const page of pages) model.delete(page);
          break;
        case 2: {
          const status = space.protect(address, count * PAGE_SIZE, permissions);
          const hole = pages.findIndex((page) => !model.has(page));
          expect(status).toBe(hole < 0 ? Status.Ok : Status.OutOfMemory);
          for (const page of hole < 0 ? pages : pages.slice(0, hole)) model.get(page)!.permissions = permissions;
          break;
        }
        case 3: {
          const value = 1 + random(255);
          const state = model.get(start);
          const allowed = state !== undefined && (state.permissions & 2) !== 0;
          expect(poke(space, address + (start % 7), value)).toBe(allowed);
          if (allowed) {
            for (let i = 0; i < 7; i++) poke(space, address + i, value);
            state.value = value;
          }
          break;
        }
        case 4:
          space.discard(address, count * PAGE_SIZE);
          for (const page of pages) if (model.has(page)) model.get(page)!.value = 0;
          break;
        case 5:
          if (walkers.length < 4) {
            const copy: Model = new Map([...model].map(([page, state]) => [page, { ...state }]));
            walkers.push({ space: space.fork(machine.createMemory()), model: copy });
          } else {
            const [gone] = walkers.splice(random(walkers.length), 1);
            gone!.space.dispose();
          }
          break;
        default:
          break;
      }
      const page = random(PAGES);
      const other = walkers[random(walkers.length)]!;
      const state = other.model.get(page);
      const expected = state === undefined || state.permissions === 0 ? -1 : state.value;
      expect(peek(other.space, BASE + page * PAGE_SIZE + random(7)), `step ${step}`).toBe(expected);
    }
    for (const { space, model } of walkers) {
      expect(space.mappedBytes).toBe(model.size * PAGE_SIZE);
      space.dispose();
    }
    expect(swapped).toEqual(new Set(['anonymous: done', 'copy-on-access: done', 'image: no common transfer format']));
  });
});
