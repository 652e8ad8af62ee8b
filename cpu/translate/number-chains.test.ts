/** Arithmetic on the results of arithmetic: NaNs keep the bits that a processor gives them, faults in between find exact registers. */
import { describe, expect, it } from 'vitest';
import { guestAddress } from '../address.ts';
import { Permission } from '../memory/guest-memory.ts';
import { NativeEngine } from '../native-engine.ts';
import { Gpr, State } from '../state-layout.ts';

const CODE = 0x400000;
const DATA = 0x600000;
const NOWHERE = 0x700000;
const DATA_BYTES = 64;

const SHAPES = { ps: [], pd: [0x66], ss: [0xf3], sd: [0xf2] } as const;
const OPERATIONS = { add: 0x58, mul: 0x59, sub: 0x5c, div: 0x5e } as const;
type Shape = keyof typeof SHAPES;
type Operation = keyof typeof OPERATIONS;

/** `op xmmD, xmmS`, or `op xmmD, [rdi]`, or `[rsi]`. */
function encode(operation: Operation, shape: Shape, to: number, from: number | 'rdi' | 'rsi'): number[] {
  const rest = from === 'rdi' ? 0x07 : from === 'rsi' ? 0x06 : 0xc0 | from;
  return [...SHAPES[shape], 0x0f, OPERATIONS[operation], (to << 3) | rest];
}

const SINGLES = [
  0x7fc00001, 0xffc12345, 0x7f800001, 0xff812345, 0x7f800000, 0xff800000, 0, 0x80000000, 1, 0x3f800000, 0xc0490fdb,
  0x7f7fffff,
];
const DOUBLES = [
  0x7ff8000000000001n,
  0xfff8123456789abcn,
  0x7ff0000000000001n,
  0xfff4000000000001n,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0n,
  0x8000000000000000n,
  1n,
  0x3ff0000000000000n,
  0xc00921fb54442d18n,
  0x7fefffffffffffffn,
];

let seed = 12345;
const random = (below: number): number => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % below;
};

/** 16 bytes of interesting numbers. */
function vector(shape: Shape): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  if (shape.endsWith('s'))
    for (let at = 0; at < 16; at += 4) view.setUint32(at, SINGLES[random(SINGLES.length)]!, true);
  else for (let at = 0; at < 16; at += 8) view.setBigUint64(at, DOUBLES[random(DOUBLES.length)]!, true);
  return new Uint8Array(view.buffer);
}

/** Everything that differs from the start, after the program has trapped. */
function run(engine: NativeEngine, code: readonly number[], data: Uint8Array, rsi: number): unknown {
  const memory = engine.createMemory();
  memory.mapCopy(guestAddress(CODE), Uint8Array.from([...code, 0x0f, 0x05]), Permission.Read | Permission.Execute);
  memory.mapCopy(guestAddress(DATA), data, Permission.Read | Permission.Write);
  const cpu = engine.createCpu(memory);
  const { state } = cpu;
  state.rip = CODE;
  state.gpr[Gpr.rdi] = BigInt(DATA + DATA_BYTES - 16);
  state.gpr[Gpr.rsi] = BigInt(rsi);
  state.bytes.set(data.subarray(0, 48), State.xmm);
  const trap = cpu.run(10_000);
  const outcome = { trap, rip: state.rip - CODE, xmm: [...state.bytes.slice(State.xmm, State.xmm + 64)] };
  cpu.dispose();
  memory.dispose();
  return outcome;
}

const translating = new NativeEngine({ hotAfter: 0 });
const interpreting = new NativeEngine({ tiers: 'interpretOnly' });

function expectSame(code: readonly number[], shape: Shape, rsi: number): void {
  const data = new Uint8Array(DATA_BYTES);
  for (let at = 0; at < DATA_BYTES; at += 16) data.set(vector(shape), at);
  expect(run(translating, code, data, rsi), `${code.map((byte) => byte.toString(16)).join(' ')}`).toEqual(
    run(interpreting, code, data, rsi),
  );
}

const names = Object.keys(OPERATIONS) as Operation[];

describe.each(Object.keys(SHAPES) as Shape[])('%s', (shape) => {
  it.each([
    ['into the same register', 1, 2],
    ['of a register', 0, 1],
    ['of memory', 1, 'rdi'],
    ['of memory that is not there', 1, 'rsi'],
    ['twice the same', 1, 1],
  ] as const)('%s', (_, to, from) => {
    for (const first of names)
      for (const second of names) {
        const chain = [...encode(first, shape, 1, 2), ...encode(second, shape, to, from)];
        for (let round = 0; round < 2; round++) expectSame(chain, shape, NOWHERE);
      }
  });

  it('long chains, and with what is dirty before them', () => {
    for (let round = 0; round < 15; round++) {
      const code: number[] = [];
      for (let i = 0; i < 8; i++) {
        const from = [0, 1, 2, 'rdi', 'rsi'] as const;
        code.push(...encode(names[random(4)]!, shape, random(3), from[random(round % 3 === 0 ? 5 : 4)]!));
      }
      expectSame(code, shape, NOWHERE);
    }
  });
});

it('a scalar result in a packed operation', () => {
  for (let round = 0; round < 10; round++) {
    const width = round % 2 ? 's' : 'd';
    const code = [
      ...encode(names[random(4)]!, `s${width}`, 1, 2),
      ...encode(names[random(4)]!, `p${width}`, random(3), 1),
    ];
    expectSame(code, `s${width}`, NOWHERE);
    expectSame([...encode('mul', `p${width}`, 1, 2), ...encode('add', `s${width}`, 1, 0)], `p${width}`, NOWHERE);
  }
});
