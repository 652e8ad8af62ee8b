import { describe, expect, it } from 'vitest';
import * as abi from '../abi/termios.ts';
import { OutputProcessor } from './output-processor.ts';
import { Termios } from './termios.ts';

const FLAGS = [abi.ONLCR, abi.OCRNL, abi.ONOCR, abi.ONLRET, abi.OLCUC, abi.XTABS];

/** Every byte among text, some often. */
function mixture(): Uint8Array {
  const bytes: number[] = [];
  for (let i = 0; i < 700; i++) bytes.push(i % 7 === 0 ? (i * 31) & 0xff : (i % 5) + 8, 0x41 + (i % 50));
  return Uint8Array.from(bytes);
}

describe('output processing', () => {
  it.each(Array.from({ length: 1 << FLAGS.length }, (_v, chosen) => chosen))(
    'answers for many bytes what it does for each (flags %i)',
    (chosen) => {
      for (const utf8 of [0, abi.IUTF8]) {
        const termios = new Termios();
        termios.iflag |= utf8;
        termios.oflag = FLAGS.reduce((flags, flag, index) => flags | ((chosen >> index) & 1 ? flag : 0), abi.OPOST);
        const [each, all] = [new OutputProcessor(), new OutputProcessor()];
        const expected: number[] = [];
        for (const byte of mixture()) each.put(termios, byte, expected);
        expect(Buffer.from(all.process(termios, mixture())).equals(Buffer.from(expected))).toBe(true);
        expect([all.column, all.lineColumn]).toEqual([each.column, each.lineColumn]);
      }
    },
  );
});
