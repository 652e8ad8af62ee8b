import { expect, it } from 'vitest';
import { dataFrame, parseFrame, takenFrame } from './frame.ts';

it('carries bytes and counts on channels', () => {
  expect(parseFrame(dataFrame(0x1234, Uint8Array.of(1, 2, 255)))).toEqual({
    kind: 'data',
    channel: 0x1234,
    bytes: Uint8Array.of(1, 2, 255),
  });
  expect(parseFrame(dataFrame(0, new Uint8Array(0)))).toEqual({ kind: 'data', channel: 0, bytes: new Uint8Array(0) });
  expect(parseFrame(takenFrame(0xffff, 0xffff_fffe))).toEqual({ kind: 'taken', channel: 0xffff, count: 0xffff_fffe });
});

it('reads a frame from the middle of a buffer', () => {
  const bytes = Uint8Array.of(9, 9, ...takenFrame(7, 300), 9);
  expect(parseFrame(bytes.subarray(2, -1))).toEqual({ kind: 'taken', channel: 7, count: 300 });
});

it('takes nothing else for a frame', () => {
  const wrong = [[], [0], [0, 0], [2, 0, 0, 1], [1, 0, 0], [1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0]];
  for (const bytes of wrong) expect(parseFrame(Uint8Array.from(bytes))).toBeUndefined();
  expect(() => dataFrame(0x10000, new Uint8Array(1))).toThrow(RangeError);
  expect(() => dataFrame(-1, new Uint8Array(1))).toThrow(RangeError);
});
