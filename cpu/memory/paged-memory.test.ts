/** Guest memory: mapping, faults, straddling accesses for every pair of page kinds, lending, code pages. */
import { describe, expect, it } from 'vitest';
import { DIRECT_LIMIT, PAGE_SIZE, USER_LIMIT, guestAddress } from '../address.ts';
import { NOT_CANONICAL, Trap } from '../engine.ts';
import { State } from '../state-layout.ts';
import { ArenaPool } from './arena.ts';
import { FrameStore } from './frame-store.ts';
import {
  Access,
  CODE_AREA,
  FaultOutcome,
  GuestFault,
  PERMISSION_TABLE,
  Permission,
  RESERVED_LIMIT,
} from './guest-memory.ts';
import { PagedMemory, SlowResult } from './paged-memory.ts';

const { Read, Write, Execute } = Permission;
const RW = Read | Write;
const BASE = guestAddress(0x500000);

function at(offset: number): ReturnType<typeof guestAddress> {
  return guestAddress(BASE + offset);
}

function page(fill: number): Uint8Array {
  return new Uint8Array(PAGE_SIZE).fill(fill);
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}

function slowLoad(memory: PagedMemory, state: number, address: bigint, size: number): number {
  return memory.slowLoad(state, Number(address & 0xffffffffn) | 0, Number(address >> 32n) | 0, size);
}

function slowStore(memory: PagedMemory, state: number, address: bigint, data: number[]): number {
  memory.arena.bytes.set(data, state + State.scratch);
  return memory.slowStore(state, Number(address & 0xffffffffn) | 0, Number(address >> 32n) | 0, data.length);
}

function scratch(memory: PagedMemory, state: number, size: number): number[] {
  return [...memory.arena.bytes.subarray(state + State.scratch, state + State.scratch + size)];
}

describe('mapping', () => {
  it('maps zeroes, copies and windows on frames', () => {
    const memory = new PagedMemory(new ArenaPool());
    const frame = new FrameStore().allocate();
    memory.mapZero(BASE, 2, RW);
    memory.mapCopy(at(2 * PAGE_SIZE), Uint8Array.of(1, 2, 3), Read);
    memory.mapFrame(at(3 * PAGE_SIZE), frame, RW);
    expect(memory.presentPages()).toBe(4);
    expect(memory.readU32(BASE)).toBe(0);
    expect(memory.readU32(at(2 * PAGE_SIZE))).toBe(0x030201);
    memory.writeU32(at(3 * PAGE_SIZE + 8), 0xdeadbeef);
    expect(frame.forReading()[8]).toBe(0xef);
    expect(() => memory.writeU8(at(2 * PAGE_SIZE), 1)).toThrow(GuestFault);
    expect(memory.fault.outcome).toBe(FaultOutcome.Unmapped);
  });

  it('gives zeroes again after unmap and map, and after recycling', () => {
    const pool = new ArenaPool();
    const memory = new PagedMemory(pool);
    memory.mapCopy(BASE, page(7), RW);
    memory.unmap(BASE, 1);
    expect(memory.isPresent(BASE)).toBe(false);
    memory.mapZero(BASE, 1, RW);
    expect(memory.readU32(BASE)).toBe(0);
    memory.writeU32(BASE, 9);
    memory.dispose();
    expect(pool.size).toBe(1);
    const next = new PagedMemory(pool);
    expect(next.arena).toBe(memory.arena);
    expect(next.presentPages()).toBe(0);
    next.mapCopy(BASE, Uint8Array.of(1), RW);
    expect(next.readU32(BASE)).toBe(1);
  });

  it('serves pages above 4 GiB and where the engine keeps its own data', () => {
    const memory = new PagedMemory(new ArenaPool());
    const reserved = [0x10000, RESERVED_LIMIT - PAGE_SIZE, CODE_AREA, DIRECT_LIMIT - PAGE_SIZE];
    for (const address of [...reserved, DIRECT_LIMIT, USER_LIMIT - PAGE_SIZE].map(guestAddress)) {
      memory.mapZero(address, 1, RW);
      memory.writeU64(address, 0x1122334455667788n);
      expect(memory.readU64(address)).toBe(0x1122334455667788n);
    }
    expect(memory.presentPages()).toBe(6);
    for (const address of reserved) expect(memory.arena.bytes[address]).toBe(0);
    memory.unmap(guestAddress(0), USER_LIMIT / PAGE_SIZE);
    expect(memory.presentPages()).toBe(0);
  });

  it('asks the fault handler with page and access, and reports what it says', () => {
    const memory = new PagedMemory(new ArenaPool());
    const asked: number[][] = [];
    memory.setFaultHandler((address, access) => {
      asked.push([address, access]);
      if (address !== BASE) return FaultOutcome.NoBacking;
      memory.mapZero(address, 1, access === Access.Write ? RW : Read);
      return FaultOutcome.Resolved;
    });
    expect(memory.readU8(at(5))).toBe(0);
    memory.writeU8(at(6), 3);
    expect(() => memory.readU32(at(PAGE_SIZE + 12))).toThrow(GuestFault);
    expect(memory.fault).toMatchObject({ address: BASE + PAGE_SIZE + 12, outcome: FaultOutcome.NoBacking });
    expect(asked).toEqual([
      [BASE, Access.Read],
      [BASE, Access.Write],
      [BASE + PAGE_SIZE, Access.Read],
    ]);
    expect(memory.read(at(PAGE_SIZE - 2), new Uint8Array(10))).toBe(2);
    expect(memory.probe(BASE, 2 * PAGE_SIZE, Access.Read)).toBe(FaultOutcome.NoBacking);
  });

  it('refuses hostile addresses with a fault', () => {
    const memory = new PagedMemory(new ArenaPool());
    for (const address of [-1, -4096, NaN, Infinity, USER_LIMIT, 2 ** 64].map(guestAddress)) {
      expect(() => memory.readU32(address)).toThrow(GuestFault);
      expect(() => memory.writeU64(address, 0n)).toThrow(GuestFault);
      expect(memory.read(address, new Uint8Array(4))).toBe(0);
    }
  });

  it('shows generated code fast permissions only for pages in place', () => {
    const memory = new PagedMemory(new ArenaPool());
    const entry = (address: number): number => memory.arena.bytes[PERMISSION_TABLE + address / PAGE_SIZE]! & 7;
    memory.mapZero(BASE, 1, RW);
    memory.mapFrame(at(PAGE_SIZE), new FrameStore().allocate(), RW);
    memory.mapZero(guestAddress(0x10000), 1, RW);
    expect([entry(BASE), entry(BASE + PAGE_SIZE), entry(0x10000)]).toEqual([RW, 0, 0]);
    memory.protect(BASE, 1, Permission.None);
    expect(entry(BASE)).toBe(0);
    expect(memory.isPresent(BASE)).toBe(true);
    expect(() => memory.readU8(BASE)).toThrow(GuestFault);
    memory.protect(BASE, 2, Execute);
    expect(entry(BASE)).toBe(Read | Execute);
  });
});

describe('straddling accesses', () => {
  type Kind = 'absent' | 'none' | 'read' | 'write' | 'frame' | 'frameRead' | 'lent' | 'borrowed' | 'code';
  const kinds: Kind[] = ['absent', 'none', 'read', 'write', 'frame', 'frameRead', 'lent', 'borrowed', 'code'];
  const readable = new Set<Kind>(['read', 'write', 'frame', 'frameRead', 'lent', 'borrowed', 'code']);
  const writable = new Set<Kind>(['write', 'frame', 'lent', 'borrowed', 'code']);

  function make(
    memory: PagedMemory,
    pool: ArenaPool,
    address: ReturnType<typeof guestAddress>,
    kind: Kind,
  ): () => void {
    const content = Uint8Array.from({ length: PAGE_SIZE }, (_, i) => i * 7 + address / PAGE_SIZE);
    const other = new PagedMemory(pool);
    if (kind === 'none' || kind === 'read') memory.mapCopy(address, content, kind === 'none' ? 0 : Read);
    if (kind === 'write' || kind === 'lent' || kind === 'code') memory.mapCopy(address, content, RW);
    if (kind === 'frame' || kind === 'frameRead') {
      const frame = new FrameStore().allocate();
      frame.forWriting().set(content);
      memory.mapFrame(address, frame, kind === 'frame' ? RW : Read);
    }
    if (kind === 'code') memory.markCode(address);
    if (kind === 'lent') memory.lend(other, address, 1);
    if (kind === 'borrowed') {
      other.mapCopy(address, content, RW);
      other.lend(memory, address, 1);
    }
    return () => {
      if (kind !== 'lent' && kind !== 'borrowed') return;
      expect(sameBytes(other.pageBytes(address, Access.Read), content)).toBe(true);
    };
  }

  const places: [string, number][] = [
    ['in place', BASE + PAGE_SIZE],
    ['at the reserved limit', RESERVED_LIMIT],
    ['at the decoded code', CODE_AREA],
    ['at 4 GiB', DIRECT_LIMIT],
    ['high', 2 ** 40],
  ];
  for (const [name, border] of places) {
    it(`${name}: every pair of page kinds`, () => {
      const pool = new ArenaPool();
      const first = guestAddress(border - PAGE_SIZE);
      const second = guestAddress(border);
      for (const a of kinds) {
        for (const b of kinds) {
          const memory = new PagedMemory(pool);
          const state = memory.arena.allocateState();
          const checks = [make(memory, pool, first, a), make(memory, pool, second, b)];
          const before = [first, second].map((p) => memory.pageBytes(p, Access.Read)?.slice());
          const expectFault = (outcome: number, good: ReadonlySet<Kind>): void => {
            const trapAddress = memory.arena.view.getBigUint64(state + State.trapAddress, true);
            expect(outcome).toBe(SlowResult.Trap);
            expect(trapAddress).toBe(BigInt(good.has(a) ? border : border - 3));
          };
          const loaded = slowLoad(memory, state, BigInt(border - 3), 8);
          if (readable.has(a) && readable.has(b)) {
            expect(loaded).toBe(SlowResult.Done);
            expect(scratch(memory, state, 8)).toEqual([...before[0]!.slice(-3), ...before[1]!.slice(0, 5)]);
          } else expectFault(loaded, readable);
          const data = [91, 92, 93, 94, 95, 96, 97, 98];
          const stored = slowStore(memory, state, BigInt(border - 3), data);
          const after = [first, second].map((p) => memory.pageBytes(p, Access.Read)?.slice());
          if (writable.has(a) && writable.has(b)) {
            expect(stored).toBe(a === 'code' || b === 'code' ? SlowResult.CodeChanged : SlowResult.Done);
            before[0]!.set(data.slice(0, 3), PAGE_SIZE - 3);
            before[1]!.set(data.slice(3), 0);
          } else expectFault(stored, writable);
          after.forEach((bytes, i) => expect(sameBytes(bytes, before[i])).toBe(true));
          for (const check of checks) check();
          memory.dispose();
        }
      }
    });
  }

  it('at the end of user space and beyond: #GP where not canonical, page fault in the upper half', () => {
    const memory = new PagedMemory(new ArenaPool());
    const state = memory.arena.allocateState();
    const trap = (): number => memory.arena.view.getUint32(state + State.trapKind, true);
    memory.mapZero(guestAddress(USER_LIMIT - PAGE_SIZE), 1, RW);
    expect(slowLoad(memory, state, BigInt(USER_LIMIT - 8), 8)).toBe(SlowResult.Done);
    for (const address of [2n ** 47n - 4n, 2n ** 47n, 2n ** 63n, 2n ** 64n - 2n ** 47n - 1n]) {
      expect(slowStore(memory, state, address, [1, 2, 3, 4, 5, 6, 7, 8])).toBe(SlowResult.Trap);
      expect(trap()).toBe(NOT_CANONICAL);
    }
    expect(slowLoad(memory, state, 0xffffffffff600000n, 8)).toBe(SlowResult.Trap);
    expect(trap()).toBe(Trap.PageFault);
    expect(memory.arena.view.getBigUint64(state + State.trapAddress, true)).toBe(0xffffffffff600000n);
  });
});

describe('lending', () => {
  it('a chain of forks never mixes contents, and arenas come back when the last borrower is done', () => {
    const pool = new ArenaPool();
    const first = new PagedMemory(pool);
    first.mapCopy(BASE, page(1), RW);
    first.mapCopy(at(PAGE_SIZE), page(2), RW);
    const second = new PagedMemory(pool);
    first.lend(second, BASE, 2);
    second.writeU8(BASE, 11);
    const third = new PagedMemory(pool);
    second.lend(third, BASE, 2);
    first.writeU8(at(PAGE_SIZE), 21);
    second.writeU8(BASE, 12);
    expect([first, second, third].map((m) => m.readU16(BASE))).toEqual([0x101, 0x10c, 0x10b]);
    expect([first, second, third].map((m) => m.readU16(at(PAGE_SIZE)))).toEqual([0x215, 0x202, 0x202]);
    for (const memory of [first, second, third]) memory.dispose();
    expect(pool.size).toBe(3);
  });

  it('keeps what a disposed parent lent', () => {
    const pool = new ArenaPool();
    const parent = new PagedMemory(pool);
    parent.mapCopy(BASE, page(5), RW);
    const child = new PagedMemory(pool);
    parent.lend(child, BASE, 1);
    parent.dispose();
    expect(pool.size).toBe(0);
    const other = new PagedMemory(pool);
    other.mapCopy(BASE, page(6), RW);
    expect(child.readU8(BASE)).toBe(5);
    expect(pool.size).toBe(1);
  });

  it('pushes lent pages out before unmap, remap and kernel writes', () => {
    const pool = new ArenaPool();
    const parent = new PagedMemory(pool);
    const child = new PagedMemory(pool);
    for (let i = 0; i < 3; i++) parent.mapCopy(at(i * PAGE_SIZE), page(i + 1), Read);
    parent.lend(child, BASE, 3);
    parent.unmap(BASE, 1);
    parent.mapZero(at(PAGE_SIZE), 1, RW);
    parent.pageBytes(at(2 * PAGE_SIZE))!.fill(9);
    expect([0, 1, 2].map((i) => child.readU8(at(i * PAGE_SIZE)))).toEqual([1, 2, 3]);
  });

  it('recycles one arena through 2,000 forks in a row, each lent by the one before', () => {
    const pool = new ArenaPool();
    let memory = new PagedMemory(pool);
    memory.mapZero(BASE, 40, RW);
    const arenas = new Set<unknown>([memory.arena]);
    for (let i = 0; i < 2000; i++) {
      const child = new PagedMemory(pool);
      arenas.add(child.arena);
      memory.lend(child, BASE, 40);
      child.writeU32(at((i % 40) * PAGE_SIZE), i);
      memory.dispose();
      memory = child;
    }
    for (let i = 0; i < 40; i++) expect(memory.readU32(at(i * PAGE_SIZE))).toBe(1960 + i);
    expect(arenas.size).toBeLessThan(60);
  });
});

describe('code pages', () => {
  it('tells the observer before the bytes change, then lets writes go in place', () => {
    const memory = new PagedMemory(new ArenaPool());
    const seen: number[] = [];
    memory.observe({
      mappingChanged: () => {},
      codeChanged: (address) => seen.push(address, memory.pageBytes(address, Access.Read)![0]!),
    });
    memory.mapCopy(BASE, page(0x90), RW | Execute);
    memory.markCode(BASE);
    memory.writeU8(BASE, 0xc3);
    expect(seen).toEqual([BASE, 0x90]);
    expect(memory.arena.table.entries[BASE / PAGE_SIZE]! & 7).toBe(7);
    memory.markCode(BASE);
    memory.protect(BASE, 1, RW);
    memory.mapZero(BASE, 1, RW);
    expect(seen).toEqual([BASE, 0x90, BASE, 0xc3]);
  });

  it('a child inherits decoded code only while every page of it is still the same', () => {
    const pool = new ArenaPool();
    const parent = new PagedMemory(pool);
    parent.mapCopy(BASE, page(0x90), RW | Execute);
    parent.markCode(BASE);
    const [same, changed] = [new PagedMemory(pool), new PagedMemory(pool)];
    parent.lend(same, BASE, 1);
    expect(same.inheritCode()).toBe(parent);
    expect([...same.codePages]).toEqual([BASE / PAGE_SIZE]);
    parent.lend(changed, BASE, 1);
    changed.writeU8(BASE, 1);
    expect(changed.inheritCode()).toBeUndefined();
  });
});
