/** 80-bit arithmetic held against the processor of this host: bit for bit, flags and rounding direction included; functions to one unit in the last place. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { add, div, mul, remainder, roundToIntegral, scale, sqrt, sub } from './arithmetic.ts';
import { decode, encode, kindOf, Kind, type Float80 } from './float80.ts';
import { Status } from './fpu.ts';
import type { Control, Result } from './rounding.ts';
import { f2xm1, fpatan, fyl2x, fyl2xp1, trigonometry } from './transcendental.ts';

type Operation = (a: Float80, b: Float80, control: Control) => Result | undefined;

/** In the order of host-x87.c. */
const EXACT: readonly (readonly [string, Operation])[] = [
  ['fadd', add],
  ['fsub', sub],
  ['fmul', mul],
  ['fdiv', div],
  ['fsqrt', (a, _b, control) => sqrt(a, control)],
  ['frndint', (a, _b, control) => roundToIntegral(a, control)],
  ['fscale', scale],
  ['fprem', (a, b, control) => remainder(a, b, 'truncate', control)],
  ['fprem1', (a, b, control) => remainder(a, b, 'nearest', control)],
];
const FUNCTIONS: readonly (readonly [string, Operation])[] = [
  ['fsin', (a, _b, control) => trigonometry(a, control)?.sine],
  ['fcos', (a, _b, control) => trigonometry(a, control)?.cosine],
  ['fptan', (a, _b, control) => trigonometry(a, control)?.tangent],
  ['f2xm1', (a, _b, control) => f2xm1(a, control)],
  ['fyl2x', fyl2x],
  ['fyl2xp1', fyl2xp1],
  ['fpatan', fpatan],
];
/** Defined for arguments below these powers of two only. */
const TOP_EXPONENT: Readonly<Record<string, number>> = { fsin: 62, fcos: 62, fptan: 62, f2xm1: -1, fyl2xp1: -2 };
const ROUNDS = 1500;
const EXCEPTIONS = 0x3f;
const REQUEST_BYTES = 24;
const REPLY_BYTES = 12;
const PRECISIONS = [24, 64, 53, 64];

const reason = hostProblem();
if (reason !== undefined) {
  if (process.env['CI'] === 'true') throw new Error(`x87 tests cannot run: ${reason}`);
  console.warn(`skipped: ${reason}`);
}

function hostProblem(): string | undefined {
  if (process.arch !== 'x64' || process.platform !== 'linux') return `the host is ${process.platform} ${process.arch}`;
  return spawnSync('gcc', ['--version']).error === undefined ? undefined : 'gcc is not installed';
}

interface Case {
  readonly a: Float80;
  readonly b: Float80;
  readonly fcw: number;
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}

const EDGE_EXPONENTS = [0, 0, 1, 2, 0x3fff, 0x3ffe, 0x403e, 0x7ffe, 0x7fff, 0x7fff];
const EDGE_SIGNIFICANDS = [
  0n,
  1n,
  1n << 63n,
  (1n << 63n) | 1n,
  (1n << 64n) - 1n,
  3n << 62n,
  1n << 62n,
  0xffff_ffff_ffff_fc00n,
];

/** Every kind of value: normal ones near 1, of any exponent, denormals, infinities, NaNs and unsupported encodings. */
function randomValue(next: () => number): Float80 {
  const bits = () => (BigInt(next()) << 40n) ^ (BigInt(next()) << 20n) ^ BigInt(next());
  const sign = (next() & 1) as 0 | 1;
  const edge = next() % 4 === 0;
  const near = next() % 2 === 0 ? 0x3fff - 70 + (next() % 140) : next() & 0x7fff;
  const exponent = edge ? EDGE_EXPONENTS[next() % EDGE_EXPONENTS.length]! : near;
  const pick = next() % 3 === 0;
  const significand = pick ? EDGE_SIGNIFICANDS[next() % EDGE_SIGNIFICANDS.length]! : BigInt.asUintN(64, bits());
  const supported = next() % 16 !== 0 && exponent !== 0;
  return { sign, exponent, significand: supported ? significand | (1n << 63n) : significand };
}

/** A finite argument in the domain of a function. */
function randomArgument(next: () => number, top: number): Float80 {
  const significand = (1n << 63n) | (BigInt(next()) << 40n) | (BigInt(next()) << 20n) | BigInt(next());
  return { sign: (next() & 1) as 0 | 1, exponent: 0x3fff + top - (next() % 80), significand };
}

function controlOf(fcw: number): Control {
  return { rounding: (fcw >> 10) & 3, precision: PRECISIONS[(fcw >> 8) & 3]!, masks: fcw & EXCEPTIONS };
}

/** Mostly all masked. */
function masks(next: () => number): number {
  return next() % 3 === 0 ? next() & EXCEPTIONS : EXCEPTIONS;
}

/** An unmasked invalid, denormal or zero-divide exception leaves the operand as it was. */
function delivered(result: Result, operand: Float80, fcw: number): Result {
  const before = result.flags & 7;
  return before & ~fcw ? { value: operand, flags: before, roundedUp: false } : result;
}

describe.skipIf(reason !== undefined)('x87 arithmetic as on the host', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'k42-x87-'));
    const source = fileURLToPath(new URL('host-x87.c', import.meta.url));
    execFileSync('gcc', ['-O1', '-o', join(directory, 'host-x87'), source]);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function onHost(operation: number, cases: readonly Case[]): { value: Float80; fsw: number }[] {
    const input = new Uint8Array(cases.length * REQUEST_BYTES);
    const view = new DataView(input.buffer);
    for (const [i, { a, b, fcw }] of cases.entries()) {
      const at = i * REQUEST_BYTES;
      input.set(encode(a), at);
      input.set(encode(b), at + 10);
      view.setUint16(at + 20, operation, true);
      view.setUint16(at + 22, fcw, true);
    }
    const output = new Uint8Array(execFileSync(join(directory, 'host-x87'), { input }));
    return cases.map((_, i) => {
      const reply = output.subarray(i * REPLY_BYTES, (i + 1) * REPLY_BYTES);
      return { value: decode(reply), fsw: reply[10]! | (reply[11]! << 8) };
    });
  }

  it.each(EXACT)('%s, all rounding and precision controls, exceptions masked or not', (name, operation) => {
    const index = EXACT.findIndex(([other]) => other === name);
    const next = generator(index + 1);
    const cases = Array.from({ length: ROUNDS }, () => ({
      a: randomValue(next),
      b: randomValue(next),
      fcw: 0x40 | masks(next) | ([0, 2, 3][next() % 3]! << 8) | ((next() & 3) << 10),
    }));
    for (const [i, host] of onHost(index, cases).entries()) {
      const { a, b, fcw } = cases[i]!;
      const result = delivered(operation(a, b, controlOf(fcw))!, a, fcw);
      const isRemainder = name.startsWith('fprem');
      const up = result.roundedUp && result.flags & 0x20 ? Status.C1 : 0;
      const status = isRemainder ? 0 : up;
      const expected = [text(host.value), host.fsw & (EXCEPTIONS | (isRemainder ? 0 : Status.C1))];
      expect([text(result.value), result.flags | status], `${text(a)} ${text(b)} ${fcw.toString(16)}`).toEqual(
        expected,
      );
    }
  });

  it.each(FUNCTIONS)('%s within one unit in the last place', (name, operation) => {
    const index = FUNCTIONS.findIndex(([other]) => other === name);
    const next = generator(index + 100);
    const top = TOP_EXPONENT[name];
    const cases = Array.from({ length: 300 }, () => {
      const a = randomArgument(next, top ?? 20);
      return { a: name === 'fyl2x' ? { ...a, sign: 0 as const } : a, b: randomArgument(next, 20), fcw: 0x37f };
    });
    for (const [i, host] of onHost(EXACT.length + index, cases).entries()) {
      const { a, b, fcw } = cases[i]!;
      const result = operation(a, b, controlOf(fcw))!;
      const distance = ordinal(result.value) - ordinal(host.value);
      expect([-1n, 0n, 1n], `${text(a)} ${text(b)}: ${text(result.value)}, host ${text(host.value)}`).toContain(
        distance,
      );
    }
  });

  it('classifies by encoding', () => {
    expect(kindOf({ sign: 0, exponent: 5, significand: 1n })).toBe(Kind.Unsupported);
    expect(kindOf({ sign: 0, exponent: 0, significand: 1n << 63n })).toBe(Kind.Denormal);
    expect(kindOf({ sign: 0, exponent: 0x7fff, significand: 0n })).toBe(Kind.Unsupported);
  });
});

function text(value: Float80): string {
  return `${value.sign ? '-' : '+'}${value.exponent.toString(16)}:${value.significand.toString(16)}`;
}

/** Counts up with the value, one a unit in the last place. */
function ordinal(value: Float80): bigint {
  const magnitude = (BigInt(value.exponent) << 63n) | (value.significand & ((1n << 63n) - 1n));
  return value.sign ? -magnitude : magnitude;
}
