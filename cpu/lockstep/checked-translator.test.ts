import { describe, expect, it } from 'vitest';
import { guestAddress, PAGE_SIZE } from '../address.ts';
import { Trap } from '../engine.ts';
import { FaultOutcome, Permission } from '../memory/guest-memory.ts';
import { NativeEngine, type NativeOptions } from '../native-engine.ts';
import { Gpr, State } from '../state-layout.ts';
import { Place, randomNumbers, randomProgram } from '../translate/random-program.ts';
import { RegionDifference, wrapChecked } from './checked-translator.ts';

function run(wrapTranslator: NonNullable<NativeOptions['wrapTranslator']>, code: Uint8Array): NativeEngine {
  const engine = new NativeEngine({ hotAfter: 1, wrapTranslator });
  const memory = engine.createMemory();
  memory.setFaultHandler(() => FaultOutcome.Unmapped);
  memory.mapCopy(guestAddress(Place.code), code, Permission.Read | Permission.Execute);
  for (const place of [Place.data, Place.stack])
    memory.mapZero(guestAddress(place), 2, Permission.Read | Permission.Write);
  const cpu = engine.createCpu(memory);
  cpu.state.rip = Place.code;
  cpu.state.setNumber(Gpr.rsp, Place.stack + PAGE_SIZE);
  cpu.state.setNumber(Gpr.rbx, Place.data);
  for (let slices = 0; slices < 100 && cpu.run(10_000) === Trap.Preempted; slices++);
  return engine;
}

/** mov ecx, 100; loop: add eax, 3; mov [rbx], eax; dec ecx; jnz loop; syscall */
const COUNTING = Uint8Array.from([0xb9, 100, 0, 0, 0, 0x83, 0xc0, 3, 0x89, 0x03, 0xff, 0xc9, 0x75, 0xf7, 0x0f, 0x05]);

describe('checked translator', () => {
  it('finds nothing in random programs', () => {
    for (let seed = 2000; seed < 2005; seed++) {
      const engine = run(wrapChecked, randomProgram(randomNumbers(seed), 3));
      expect(engine.counts.regionEntries).toBeGreaterThan(0);
    }
  });

  for (const [what, at] of [
    ['a register', State.gpr + 8 * Gpr.r10],
    ['a vector', State.xmm + 16 * 2],
  ] as const) {
    it(`finds a region that changes ${what}`, () => {
      const broken: NonNullable<NativeOptions['wrapTranslator']> = (translator, space, engine) => {
        const enter = (state: number) => {
          const exit = translator.enter(state);
          space.memory.arena.bytes[state + at]! ^= 1;
          return exit;
        };
        return wrapChecked({ ...delegate(translator), enter }, space, engine);
      };
      expect(() => run(broken, COUNTING)).toThrow(RegionDifference);
    });
  }

  it('finds a region that changes memory', () => {
    const broken: NonNullable<NativeOptions['wrapTranslator']> = (translator, space, engine) => {
      const enter = (state: number) => {
        const exit = translator.enter(state);
        space.memory.arena.bytes[Place.data + 64] = 1;
        return exit;
      };
      return wrapChecked({ ...delegate(translator), enter }, space, engine);
    };
    expect(() => run(broken, COUNTING)).toThrow(/memory at 0x500040/);
  });
});

function delegate(translator: ReturnType<typeof wrapChecked>): ReturnType<typeof wrapChecked> {
  return {
    enter: (state) => translator.enter(state),
    translate: (address, state) => translator.translate(address, state),
    reuse: (address) => translator.reuse(address),
    codeChanged: (page) => translator.codeChanged(page),
    watchExceptions: () => translator.watchExceptions(),
    dispose: () => translator.dispose(),
    counts: translator.counts,
  };
}
