import { describe, expect, it } from 'vitest';
import { guestAddress } from '../address.ts';
import { Trap } from '../engine.ts';
import { Permission } from '../memory/guest-memory.ts';
import { NativeEngine } from '../native-engine.ts';
import { Gpr } from '../state-layout.ts';
import type { CompiledRegion } from './compiled-region.ts';
import { MemoryArchive } from '../archive-source.fixture.ts';
import type { MachineCode } from '../machine-code.ts';
import { RegionArchive } from './region-archive.ts';

const region = (start: number, entries: number[], mark: number): CompiledRegion => ({
  start,
  entries,
  blocks: new Set([start, ...entries]),
  instructions: mark,
  stretches: [
    { address: start, bytes: Uint8Array.of(mark, 2, 3) },
    { address: start + 64, bytes: Uint8Array.of(5) },
  ],
  wasm: Uint8Array.from({ length: mark }, (_, i) => i),
});

describe('the archive of regions', () => {
  const old = region(0x400000, [0x400000, 0x400010], 7);
  const other = region(0x500000, [0x500000], 11);
  const newest = { ...region(0x400000, [0x400010, 0x400020], 9), machineCode: Uint8Array.of(4, 3, 2, 1, 0) };
  const bytes = RegionArchive.encode([old, other, newest]);
  const open = (archive: Uint8Array<ArrayBuffer>) => RegionArchive.open(new MemoryArchive(archive));

  it('gives back every region, by each of its entries, the newest first', () => {
    const archive = open(bytes)!;
    expect([...archive]).toEqual([old, other, newest]);
    expect([...archive.at(0x400000)]).toEqual([old]);
    expect([...archive.at(0x400010)]).toEqual([newest, old]);
    expect([...archive.at(0x500000)]).toEqual([other]);
    for (const address of [0, 0x400001, 0x500001, 0xffff_ffff]) expect([...archive.at(address)]).toEqual([]);
  });

  it('is ignored when it is not whole', () => {
    for (const length of [0, 4, 12, 40, bytes.length - 4, bytes.length - 1]) {
      expect(open(bytes.slice(0, length))).toBeUndefined();
    }
    expect(open(new Uint8Array(4096))).toBeUndefined();
  });

  it('leaves out a region whose parts do not make up the whole', () => {
    const damaged = bytes.slice();
    const start = Uint8Array.of(0, 0, 0x50, 0);
    const place = damaged.findIndex((_, at) => at > 80 && start.every((byte, i) => damaged[at + i] === byte));
    damaged[place + 20]! += 4;
    expect([...open(damaged)!]).toEqual([old, newest]);
  });

  it('leaves out what can not be read any more', () => {
    const memory = new MemoryArchive(bytes);
    let isThere = true;
    const nothing = new Uint8Array();
    const read = (position: number, length: number) => (isThere ? memory.read(position, length) : nothing);
    const archive = RegionArchive.open({ sizeBytes: bytes.length, read })!;
    expect([...archive.at(0x400000)]).toEqual([old]);
    isThere = false;
    expect([...archive]).toEqual([old]);
  });
});

describe('an engine', () => {
  const CODE = 0x400000;
  const STACK = 0x600000;
  /** Calls each of some functions, which add `step` 50 times, 1,000 times over; then syscall. */
  const program = (functions: number, step: number): Uint8Array => {
    const bodies = Array.from({ length: functions }, () => [
      // mov ecx, 50; again: add eax, step; imul edx, eax, 3; xor ebx, edx; dec ecx; jnz again; ret
      ...[0xb9, 50, 0, 0, 0, 0x83, 0xc0, step, 0x6b, 0xd0, 3, 0x31, 0xd3, 0xff, 0xc9, 0x75, 0xf4, 0xc3],
    ]);
    const [{ length }] = bodies as [number[]];
    const turn = functions * 5 + 5 + 3;
    // xor eax, eax; mov esi, 1000; turn: call each; dec esi; jnz turn; syscall
    const head = [0x31, 0xc0, 0xbe, 0xe8, 3, 0, 0];
    const after = head.length + turn + 2;
    const calls = bodies.flatMap((_, i) => {
      const distance = after + i * length - (head.length + (i + 1) * 5);
      return [0xe8, distance & 0xff, (distance >> 8) & 0xff, 0, 0];
    });
    const back = -(functions * 5 + 8);
    const loop = [0xff, 0xce, 0x0f, 0x85, back & 0xff, (back >> 8) & 0xff, 0xff, 0xff, 0x0f, 0x05];
    return Uint8Array.from([...head, ...calls, ...loop, ...bodies.flat()]);
  };
  const run = (engine: NativeEngine, code: Uint8Array): number => {
    const memory = engine.createMemory();
    memory.mapCopy(guestAddress(CODE), code, Permission.Read | Permission.Execute);
    memory.mapCopy(guestAddress(STACK), new Uint8Array(4096), Permission.Read | Permission.Write);
    const cpu = engine.createCpu(memory);
    cpu.state.rip = CODE;
    cpu.state.gpr[Gpr.rsp] = BigInt(STACK + 4096);
    let trap: Trap;
    while ((trap = cpu.run(1_000_000)) === Trap.Preempted);
    expect(trap).toBe(Trap.Syscall);
    return cpu.state.number(Gpr.rax);
  };

  it('runs from the regions that another one made, and not when the code is another', () => {
    const code = program(40, 1);
    const first = new NativeEngine();
    expect(run(first, code)).toBe(40 * 50 * 1000);
    expect(first.modules.regions).toBeGreaterThan(0);
    // The interpreter calls the functions 40,000 times, most times as regions: not by way of the run loop.
    expect(first.counts.regionEntries).toBeLessThan(1000);
    const regions = new MemoryArchive(first.regions()!);

    const second = new NativeEngine({ regions: () => regions });
    expect(run(second, code)).toBe(40 * 50 * 1000);
    expect(second.modules).toMatchObject({ regions: 0 });
    expect(second.modules.archived).toBeGreaterThan(0);
    expect(second.regions()).toBeUndefined();

    const third = new NativeEngine({ regions: () => regions });
    expect(run(third, program(40, 3))).toBe(3 * 40 * 50 * 1000);
    expect(third.modules.archived).toBe(0);
  });

  it('hands the host the machine code it made of a region, and does without where it is refused', () => {
    const code = program(40, 1);
    const made = Uint8Array.of(1, 2, 3);
    const restored: (readonly number[])[] = [];
    const host = (answer: 'takes' | 'refuses'): MachineCode => ({
      of: (_, instance) => (typeof instance === 'function' ? made : undefined),
      restore(wasm, machineCode) {
        restored.push([...machineCode]);
        return answer === 'takes' ? new WebAssembly.Module(wasm) : undefined;
      },
    });
    const first = new NativeEngine({ machineCode: host('takes') });
    run(first, code);
    const regions = new MemoryArchive(first.regions()!);
    expect(restored).toEqual([]);

    const second = new NativeEngine({ regions: () => regions, machineCode: host('takes') });
    expect(run(second, code)).toBe(40 * 50 * 1000);
    expect(restored.length).toBe(second.modules.archived);
    for (const bytes of restored) expect(bytes).toEqual([...made]);
    expect(second.regions()).toBeUndefined();

    const third = new NativeEngine({ regions: () => regions, machineCode: host('refuses') });
    expect(run(third, code)).toBe(40 * 50 * 1000);
    expect(third.modules).toMatchObject({ regions: 0, archived: second.modules.archived });
    expect(third.regions()).toEqual(first.regions());
  });
});
