import { describe, expect, it } from 'vitest';
import { guestAddress } from '../address.ts';
import { Trap } from '../engine.ts';
import { Permission } from '../memory/guest-memory.ts';
import { NativeEngine } from '../native-engine.ts';
import { Gpr } from '../state-layout.ts';
import { DecodedRuns, type DecodedRun } from './decoded-runs.ts';
import { RunArchive } from './run-archive.ts';

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

it('a run is found again only while its bytes are there', () => {
  const runs = new DecodedRuns();
  const known = { bytes: Uint8Array.of(1, 2, 3), records: new Uint32Array(12), ends: true };
  runs.add(CODE, known);
  expect(runs.find(CODE, Uint8Array.of(1, 2, 3, 4))).toBe(known);
  expect(runs.find(CODE, Uint8Array.of(1, 2))).toBeUndefined();
  expect(runs.find(CODE, Uint8Array.of(1, 9, 3))).toBeUndefined();
  expect(runs.find(CODE + 1, Uint8Array.of(1, 2, 3))).toBeUndefined();
});

it('processes with the same code, with other code at the same place, and entered in the middle of a known run', () => {
  expect([run(counting(7)), run(counting(7)), run(counting(8)), run(counting(7))]).toEqual([8, 8, 9, 8]);
  expect(run(counting(7), CODE + 5)).toBe(1);
  expect(run(counting(7))).toBe(8);
});

describe('the archive of decoded runs', () => {
  const made = new DecodedRuns();
  const runAt = (address: number): DecodedRun => ({
    bytes: Uint8Array.of(address & 0xff, 2, 3),
    records: new Uint32Array(12 * (1 + (address % 3))).fill(address),
    ends: address % 2 === 0,
  });
  const addresses = Array.from({ length: 400 }, (_, i) => CODE + ((i * 7919) % 400) * 3);
  for (const address of addresses) made.add(address, runAt(address));
  const archive = made.archive()!;

  it('gives back every run, and asks for the same bytes', () => {
    const again = new DecodedRuns(archive);
    for (const address of addresses) {
      const bytes = new Uint8Array(16);
      bytes.set(runAt(address).bytes);
      expect(again.find(address, bytes)).toEqual(runAt(address));
      expect(again.find(address, Uint8Array.of(address & 0xff, 9, 3))).toBeUndefined();
    }
    expect(again.find(CODE + 1, Uint8Array.of(1, 2, 3))).toBeUndefined();
  });

  it('is made anew only when enough is new, and then keeps the old', () => {
    const again = new DecodedRuns(archive);
    expect(again.archive()).toBeUndefined();
    for (let i = 0; i < 400; i++) again.add(CODE + 0x10000 + i, runAt(CODE + 0x10000 + i));
    const both = new DecodedRuns(again.archive());
    expect(both.find(CODE, Uint8Array.of(CODE & 0xff, 2, 3))).toEqual(runAt(CODE));
    expect(both.find(CODE + 0x10005, Uint8Array.of(5, 2, 3))).toEqual(runAt(CODE + 0x10005));
  });

  it('is ignored when it is not whole', () => {
    for (const length of [0, 4, 12, 200, archive.length - 4]) {
      expect(RunArchive.open(archive.slice(0, length))).toBeUndefined();
    }
    expect(RunArchive.open(new Uint8Array(4096))).toBeUndefined();
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
  const decodedRuns = first.decodedRuns()!;
  const second = new NativeEngine({ tiers: 'interpretOnly', decodedRuns });
  expect(execute(second)).toBe(400);
  expect(second.decodedRuns()).toBeUndefined();
});
