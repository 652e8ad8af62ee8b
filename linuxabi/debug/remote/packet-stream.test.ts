import { describe, expect, it } from 'vitest';
import { PacketStream } from './packet-stream.ts';
import { fromGdbSignal, toGdbSignal } from './signal-numbers.ts';

function open() {
  const sent: string[] = [];
  const got: string[] = [];
  const stream = new PacketStream((bytes) => sent.push(bytes), {
    packet: (content) => got.push(content),
    interrupt: () => got.push('^C'),
  });
  const receive = (text: string): void => stream.receive(Buffer.from(text, 'latin1'));
  return { stream, sent, got, receive };
}

describe('packets of the remote protocol', () => {
  it('come whole, however the bytes come', () => {
    const { got, sent, receive } = open();
    for (const byte of '+$qC#b4\x03$g#67') receive(byte);
    expect(got).toEqual(['qC', '^C', 'g']);
    expect(sent).toEqual(['+', '+']);
    receive('$?#3f$c#63');
    expect(got).toEqual(['qC', '^C', 'g', '?', 'c']);
  });

  it('are asked for again when the sum is wrong, and sent again when the other side asks', () => {
    const { got, sent, stream, receive } = open();
    receive('$g#00');
    expect([got, sent]).toEqual([[], ['-']]);
    stream.send('OK');
    receive('-');
    expect(sent).toEqual(['-', '$OK#9a', '$OK#9a']);
    stream.stopAcknowledging();
    receive('-$g#67');
    expect([got, sent.length]).toEqual([['g'], 3]);
  });

  it('carry any byte: what has a meaning is escaped', () => {
    const { got, sent, stream, receive } = open();
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    stream.stopAcknowledging();
    stream.send(all);
    expect(sent[0]!.slice(1, -3)).not.toMatch(/[$#*]/);
    receive(sent[0]!);
    expect(got).toEqual([all]);
  });
});

it('signals keep their meaning on the way to GDB and back', () => {
  const linux = Array.from({ length: 64 }, (_, i) => i + 1).filter((signal) => signal !== 16);
  expect(linux.map((signal) => fromGdbSignal(toGdbSignal(signal)))).toEqual(linux);
  expect(new Set(linux.map(toGdbSignal)).size).toBe(linux.length);
  expect([toGdbSignal(11), toGdbSignal(17), fromGdbSignal(30), fromGdbSignal(0)]).toEqual([11, 20, 10, 0]);
  // GDB_SIGNAL_LOST and the like.
  expect(fromGdbSignal(29)).toBe(0);
});
