import { describe, expect, it } from 'vitest';
import { PAGE_SIZE, guestAddress, pageOf } from '../address.ts';
import { MemoryArchive } from '../archive-source.fixture.ts';
import { Trap } from '../engine.ts';
import { Permission } from '../memory/guest-memory.ts';
import { NativeEngine } from '../native-engine.ts';
import { Gpr } from '../state-layout.ts';
import { DecodedPage, NOTHING_KNOWN, type DecodedRun } from './decoded-page.ts';
import { DecodedPages } from './decoded-pages.ts';
import { RecordTable } from './record-table.ts';
import { Arena } from '../memory/arena.ts';
import { FIRST_RECORD, FixedHandler, RECORD_SIZE, RecordField } from './record.ts';
import { PageArchive } from './page-archive.ts';

const CODE = 0x400000;
const engine = new NativeEngine({ tiers: 'interpretOnly' });

/** RAX when the code has come to its syscall. */
function run(code: number[], entry = CODE): number {
  const memory = engine.createMemory();
  memory.mapCopy(guestAddress(CODE), Uint8Array.from(code), Permission.Read | Permission.Execute);
  const cpu = engine.createCpu(memory);
  cpu.state.rip = entry;
  expect(cpu.run(1000)).toBe(Trap.Syscall);
  return cpu.state.number(Gpr.rax);
}

/** mov eax, value; inc eax; syscall */
const counting = (value: number): number[] => [0xb8, value, 0, 0, 0, 0xff, 0xc0, 0x0f, 0x05];

/** A page with some bytes at an address. */
function pageWith(address: number, ...bytes: number[]): Uint8Array {
  const page = new Uint8Array(PAGE_SIZE);
  page.set(bytes, address % PAGE_SIZE);
  return page;
}

const runOf = (start: number, ...bytes: number[]): DecodedRun => ({
  start,
  bytes: Uint8Array.from(bytes),
  records: new Uint32Array(12).fill(start),
  ends: true,
});

it('a page is known as long as all its runs are there, in several versions', () => {
  const runs = new DecodedPages();
  const number = pageOf(CODE);
  const first = runs.find(number, pageWith(CODE + 8, 1, 2, 3));
  runs.add(first, runOf(CODE + 8, 1, 2, 3));
  expect(runs.find(number, pageWith(CODE + 8, 1, 2, 3, 4))).toBe(first);
  const second = runs.find(number, pageWith(CODE + 8, 1, 9, 3));
  expect(second.parts).toBe(NOTHING_KNOWN);
  runs.add(second, runOf(CODE + 8, 1, 9, 3));
  expect(runs.find(number, pageWith(CODE + 8, 1, 9, 3))).toBe(second);
  expect(runs.find(number, pageWith(CODE + 8, 1, 2, 3))).toBe(first);
});

it('code that keeps changing is known in its last versions alone', () => {
  const runs = new DecodedPages();
  const versions = Array.from({ length: 20 }, (_, i) => {
    const page = runs.find(pageOf(CODE), pageWith(CODE, i + 1));
    runs.add(page, runOf(CODE, i + 1));
    return page;
  });
  expect(runs.find(pageOf(CODE), pageWith(CODE, 20))).toBe(versions[19]);
  expect(runs.find(pageOf(CODE), pageWith(CODE, 1))).not.toBe(versions[0]);
});

const PLAIN = 77;

/** Records of one-byte instructions. */
function recordsAt(...addresses: number[]): Uint32Array {
  const records = new Uint32Array(12 * addresses.length);
  for (const [i, address] of addresses.entries()) {
    records[12 * i] = PLAIN;
    records[12 * i + RecordField.rip / 4] = address;
    records[12 * i + RecordField.length / 4] = 1;
  }
  return records;
}

const shown = (records: Uint32Array): unknown[] =>
  Array.from({ length: records.length / 12 }, (_, i) => [records[12 * i], records[12 * i + RecordField.rip / 4]]);

describe('a page', () => {
  const inner = { ...runOf(CODE + 1, 2, 3), records: recordsAt(CODE + 1, CODE + 2), ends: false };
  const outer = { ...runOf(CODE, 1, 2), records: recordsAt(CODE, CODE + 1), ends: true };
  const page = new DecodedPage(pageOf(CODE));
  page.add(inner);
  page.add(outer);

  it('has one record for each address, and links where lines go on elsewhere', () => {
    expect(shown(page.parts.records)).toEqual([
      [PLAIN, CODE + 1],
      [PLAIN, CODE + 2],
      [FixedHandler.Link, CODE + 3],
      [PLAIN, CODE],
      [FixedHandler.Link, CODE + 1],
    ]);
  });

  it('gives the line from an address on', () => {
    expect(shown(page.lineFrom(CODE)!)).toEqual([
      [PLAIN, CODE],
      [FixedHandler.Link, CODE + 1],
    ]);
    expect(shown(page.lineFrom(CODE + 2)!)).toEqual([
      [PLAIN, CODE + 2],
      [FixedHandler.Link, CODE + 3],
    ]);
    expect(page.lineFrom(CODE + 3)).toBeUndefined();
  });
});

it('a line is taken over at most so far, and linked to what follows', () => {
  const table = new RecordTable(new Arena().words);
  table.appendLine(recordsAt(CODE, CODE + 1, CODE + 2, CODE + 3), 2);
  expect([CODE, CODE + 1, CODE + 2].map((address) => table.find(address) !== 0)).toEqual([true, true, false]);
  expect(table.end).toBe(FIRST_RECORD + 3 * RECORD_SIZE);
  expect(table.words[(table.end - RECORD_SIZE) / 4]).toBe(FixedHandler.Link);
});

it('drops the records of a page, and those that may run into it', () => {
  const table = new RecordTable(new Arena().words);
  const at = [CODE, CODE + PAGE_SIZE - 3, CODE + PAGE_SIZE, CODE + 2 * PAGE_SIZE - 20, CODE + 2 * PAGE_SIZE];
  const found = (of: RecordTable): boolean[] => at.map((address) => of.find(address) !== 0);
  for (const address of at) table.appendLine(recordsAt(address), 1);
  table.appendPage(CODE / PAGE_SIZE + 3, recordsAt(CODE + 3 * PAGE_SIZE));
  const child = new RecordTable(new Arena().words);
  child.copyFrom(table);
  // Lines of one page, with those of others in between.
  child.appendLine(recordsAt(CODE + PAGE_SIZE + 8), 1);
  child.dropPage(CODE / PAGE_SIZE + 1);
  expect(found(child)).toEqual([true, false, false, false, true]);
  expect(child.find(CODE + PAGE_SIZE + 8)).toBe(0);
  expect(found(table)).toEqual([true, true, true, true, true]);
  child.dropPage(CODE / PAGE_SIZE + 3);
  expect([child, table].map((one) => one.find(CODE + 3 * PAGE_SIZE) !== 0)).toEqual([false, true]);
});

it('a table starts empty where another one was', () => {
  const { words } = new Arena();
  new RecordTable(words).appendLine(recordsAt(CODE), 1);
  expect(new RecordTable(words).find(CODE)).toBe(0);
});

it('processes with the same code, with other code at the same place, and entered in the middle of a known run', () => {
  expect([run(counting(7)), run(counting(7)), run(counting(8)), run(counting(7))]).toEqual([8, 8, 9, 8]);
  expect(run(counting(7), CODE + 5)).toBe(1);
  expect(run(counting(7))).toBe(8);
});

it('of a page that is known, what differs is decoded anew', () => {
  const two = (first: number, second: number): number[] => {
    // mov eax, first; jmp over nine; add eax, second; syscall
    return [0xb8, first, 0, 0, 0, 0xeb, 9, ...Array.from({ length: 9 }, () => 0x90), 0x05, second, 0, 0, 0, 0x0f, 0x05];
  };
  expect([run(two(1, 2)), run(two(1, 3)), run(two(4, 2)), run(two(1, 2)), run(two(4, 3))]).toEqual([3, 4, 6, 3, 7]);
});

describe('the archive of decoded pages', () => {
  const made = new DecodedPages();
  // Over a page and a half, in disorder, four bytes apart.
  const addresses = Array.from({ length: 1600 }, (_, i) => CODE + ((i * 7919) % 1600) * 4);
  const bytesOf = (number: number): Uint8Array => {
    const bytes = new Uint8Array(PAGE_SIZE);
    for (const address of addresses.filter((one) => pageOf(one) === number))
      bytes.set([address & 0xff, 2], address % PAGE_SIZE);
    return bytes;
  };
  const keep = (pages: DecodedPages, address: number, bytes: Uint8Array): void =>
    pages.add(pages.find(pageOf(address), bytes), {
      ...runOf(address, ...bytes.subarray(address % PAGE_SIZE, (address % PAGE_SIZE) + 2)),
      records: recordsAt(address),
    });
  for (const address of addresses) keep(made, address, bytesOf(pageOf(address)));
  const bytes = made.archive()!;
  const archive = new MemoryArchive(bytes);
  const linesOf = (pages: DecodedPages, address: number, bytes = bytesOf(pageOf(address))): unknown =>
    pages.find(pageOf(address), bytes).lineFrom(address);

  it('gives back every line, and tells of the records of a page once', () => {
    const told: number[] = [];
    const again = new DecodedPages(archive, (records) => told.push(records.length / 12));
    expect(told).toEqual([]);
    for (const address of addresses) expect(linesOf(again, address)).toEqual(recordsAt(address));
    expect(linesOf(again, CODE + 1)).toBeUndefined();
    expect(again.find(pageOf(CODE) + 5, new Uint8Array(PAGE_SIZE)).parts).toBe(NOTHING_KNOWN);
    expect(told.toSorted((a, b) => a - b)).toEqual([576, 1024]);
  });

  it('gives nothing where the bytes are others', () => {
    expect(linesOf(new DecodedPages(archive), CODE, new Uint8Array(PAGE_SIZE))).toBeUndefined();
  });

  it('gives nothing where it can not be read any more', () => {
    let isThere = true;
    const read = (position: number, length: number) => archive.read(position, isThere ? length : 0);
    const again = new DecodedPages({ sizeBytes: archive.sizeBytes, read });
    expect(linesOf(again, CODE)).toEqual(recordsAt(CODE));
    isThere = false;
    expect(linesOf(again, CODE + PAGE_SIZE)).toBeUndefined();
  });

  it('is made anew only when enough is new, and then keeps the old, and versions of a page', () => {
    const again = new DecodedPages(archive);
    expect(again.archive()).toBeUndefined();
    const others = Array.from({ length: 400 }, (_, i) => CODE + 0x10000 + 8 * i);
    const page = new Uint8Array(PAGE_SIZE).fill(5);
    for (const address of others) keep(again, address, page);
    const changed = pageWith(CODE, 9, 9);
    keep(again, CODE, changed);
    const both = new DecodedPages(new MemoryArchive(again.archive()!));
    expect(linesOf(both, CODE + 8)).toEqual(recordsAt(CODE + 8));
    expect(linesOf(both, CODE + 8, changed)).toBeUndefined();
    expect(linesOf(both, CODE, changed)).toEqual(recordsAt(CODE));
    expect(linesOf(both, others[5]!, page)).toEqual(recordsAt(others[5]!));
  });

  it('is ignored when it is not whole', () => {
    for (const length of [0, 4, 12, 200, bytes.length - 4]) {
      expect(PageArchive.open(new MemoryArchive(bytes.slice(0, length)))).toBeUndefined();
    }
    expect(PageArchive.open(new MemoryArchive(new Uint8Array(4096)))).toBeUndefined();
  });
});

it('an engine runs from what another one decoded', () => {
  // 400 times: inc eax; jmp to the next.
  const long = [0xb8, 0, 0, 0, 0, ...Array.from({ length: 400 }, () => [0xff, 0xc0, 0xeb, 0]).flat(), 0x0f, 0x05];
  const execute = (on: NativeEngine): number => {
    const memory = on.createMemory();
    memory.mapCopy(guestAddress(CODE), Uint8Array.from(long), Permission.Read | Permission.Execute);
    const cpu = on.createCpu(memory);
    cpu.state.rip = CODE;
    expect(cpu.run(10_000)).toBe(Trap.Syscall);
    return cpu.state.number(Gpr.rax);
  };
  const first = new NativeEngine({ tiers: 'interpretOnly' });
  expect(execute(first)).toBe(400);
  const decodedPages = new MemoryArchive(first.decodedPages()!);
  const second = new NativeEngine({ tiers: 'interpretOnly', decodedPages });
  expect(execute(second)).toBe(400);
  expect(second.decodedPages()).toBeUndefined();
});
