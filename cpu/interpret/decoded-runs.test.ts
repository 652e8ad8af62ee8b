import { expect, it } from 'vitest';
import { guestAddress } from '../address.ts';
import { Trap } from '../engine.ts';
import { Permission } from '../memory/guest-memory.ts';
import { NativeEngine } from '../native-engine.ts';
import { Gpr } from '../state-layout.ts';
import { DecodedRuns } from './decoded-runs.ts';

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
