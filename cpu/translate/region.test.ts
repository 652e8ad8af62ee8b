import { describe, expect, it } from 'vitest';
import { guestAddress } from '../address.ts';
import { decode } from '../x86/decode.ts';
import { findRegion } from './region.ts';
import type { CodeSource } from './translator.ts';

const START = 0x1000;

/** Code at START; addresses in `cold` were never jumped to. */
function source(code: readonly number[], cold: readonly number[] = []): CodeSource {
  const bytes = Uint8Array.from([...code, ...new Uint8Array(16)]);
  return {
    decode(address) {
      if (address < START || address >= START + code.length) return undefined;
      const instruction = decode(bytes, address - START, guestAddress(address));
      return typeof instruction === 'number' ? undefined : instruction;
    },
    bytes: (address, length) => bytes.subarray(address - START, address - START + length),
    data: () => undefined,
    history: {
      isReached: (address) => !cold.includes(address),
      isPassed: (_, next) => !cold.includes(next),
      isFunction: (address) => address === START,
      functionBefore: () => START,
    },
  };
}

function blocksOf(code: CodeSource): number[] {
  return [...findRegion(START, START, code, { refused: new Set(), targets: new Map() }, () => 0)!.blocks.keys()];
}

describe('finding a region', () => {
  // jz +3; inc eax; ret; dec eax; ret
  const branch = [0x74, 0x03, 0xff, 0xc0, 0xc3, 0xff, 0xc8, 0xc3];
  // call +1; ret; inc eax; ret
  const call = [0xe8, 1, 0, 0, 0, 0xc3, 0xff, 0xc0, 0xc3];

  it('follows both ways of a branch', () => {
    expect(blocksOf(source(branch))).toEqual([START, START + 2, START + 5]);
  });

  it('leaves out the target of a branch that was never taken', () => {
    expect(blocksOf(source(branch, [START + 5]))).toEqual([START, START + 2]);
    expect(blocksOf(source(branch, [START + 2]))).toEqual([START, START + 5]);
  });

  it('takes in a small called function, unless it was never called', () => {
    expect(blocksOf(source(call))).toEqual([START, START + 5, START + 6]);
    expect(blocksOf(source(call, [START + 6]))).toEqual([START, START + 5]);
  });
});
