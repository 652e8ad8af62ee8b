/** Streams and pipes: order of bytes, atomic writes, ends of the stream. */
import { describe, expect, it } from 'vitest';
import { OpenAccess } from '../file-server.ts';
import { Ready } from '../open-file.ts';
import { Status } from '../status.ts';
import { WaitQueue } from '../wait-queue.ts';
import { PacketStream } from './packet-stream.ts';
import { Pipe } from './pipe.ts';
import { RingStream } from './ring-stream.ts';
import { ATOMIC_WRITE, DEFAULT_CAPACITY } from './stream.ts';

const bytes = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, i) => (from + i) & 0xff);

describe('RingStream', () => {
  it('gives back what it took, in order, over many wraps', () => {
    const ring = new RingStream(10_000);
    let written = 0;
    let read = 0;
    for (let round = 1; read < 300_000; round++) {
      const chunk = bytes((round * 997) % 7001, written);
      written += ring.write(chunk, 1);
      const into = new Uint8Array((round * 571) % 5003);
      const count = ring.read(into);
      expect(into.subarray(0, count)).toEqual(bytes(count, read));
      read += count;
    }
    expect(written - read).toBe(ring.length);
  });

  it('takes all or nothing below the atomic size, and part of the rest', () => {
    const ring = new RingStream(5000);
    expect(ring.write(bytes(3000), 3000)).toBe(3000);
    expect(ring.write(bytes(3000), 3000)).toBe(0);
    expect(ring.write(bytes(3000), 1)).toBe(2000);
  });

  it('keeps its bytes when the capacity changes, and refuses less than it holds', () => {
    const ring = new RingStream(8192);
    ring.write(bytes(6000), 1);
    ring.read(new Uint8Array(4000));
    ring.write(bytes(3000, 6000), 1);
    expect(ring.setCapacity(4999)).toBe(false);
    expect(ring.setCapacity(5000)).toBe(true);
    const into = new Uint8Array(6000);
    expect(ring.read(into)).toBe(5000);
    expect(into.subarray(0, 5000)).toEqual(bytes(5000, 4000));
  });
});

describe('PacketStream', () => {
  it('reads one packet at a time and loses what does not fit', () => {
    const stream = new PacketStream(DEFAULT_CAPACITY);
    stream.write(bytes(10), 10);
    stream.write(bytes(20), 20);
    expect(stream.read(new Uint8Array(4))).toBe(4);
    expect(stream.read(new Uint8Array(100))).toBe(20);
    expect(stream.length).toBe(0);
  });
});

describe('Pipe', () => {
  const open = () => {
    const pipe = new Pipe(new RingStream(DEFAULT_CAPACITY), undefined);
    return { pipe, reader: pipe.open(OpenAccess.Read), writer: pipe.open(OpenAccess.Write) };
  };

  it('answers the end of the stream after the last writer, not before', () => {
    const { pipe, reader, writer } = open();
    const second = pipe.open(OpenAccess.Write);
    writer.write(bytes(3));
    writer.release();
    expect(reader.read(new Uint8Array(8))).toBe(3);
    expect(reader.read(new Uint8Array(8))).toBe(Status.WouldBlock);
    second.release();
    expect(reader.read(new Uint8Array(8))).toBe(0);
    expect(reader.readiness()).toBe(Ready.HangUp);
  });

  it('is broken for writers once no reader is left', () => {
    const { reader, writer } = open();
    reader.release();
    expect(writer.write(bytes(1))).toBe(Status.BrokenStream);
    expect(writer.readiness() & Ready.Error).toBe(Ready.Error);
  });

  it('does not split an atomic write', () => {
    const { reader, writer } = open();
    expect(writer.write(new Uint8Array(DEFAULT_CAPACITY - 100))).toBe(DEFAULT_CAPACITY - 100);
    expect(writer.write(new Uint8Array(ATOMIC_WRITE))).toBe(Status.WouldBlock);
    expect(writer.write(new Uint8Array(ATOMIC_WRITE + 1))).toBe(100);
    expect(reader.read(new Uint8Array(DEFAULT_CAPACITY))).toBe(DEFAULT_CAPACITY);
  });

  it('wakes readers on data and writers on room', () => {
    const { reader, writer } = open();
    const woken: string[] = [];
    reader.waitQueue.add({ wake: () => void woken.push('reader') });
    writer.write(bytes(1));
    writer.waitQueue.add({ wake: () => void woken.push('writer') });
    reader.read(new Uint8Array(1));
    expect(woken).toEqual(['reader', 'writer']);
  });
});

describe('WaitQueue', () => {
  it('ends although a waiter puts itself back (epoll spun for ever)', () => {
    const queue = new WaitQueue();
    let woken = 0;
    const waiter = {
      wake(): void {
        woken++;
        queue.add(waiter);
      },
    };
    queue.add(waiter);
    expect(queue.wake()).toBe(1);
    expect([woken, queue.length]).toEqual([1, 1]);
  });
});
