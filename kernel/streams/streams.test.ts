/** Streams and pipes: order of bytes, atomic writes, ends of the stream. */
import { describe, expect, it } from 'vitest';
import { Census } from '../census.ts';
import { FactoryRegistry } from '../factory.ts';
import { OpenAccess } from '../file-server.ts';
import { SwapPhase } from '../hot-swap.ts';
import { Ready } from '../open-file.ts';
import { Replacement } from '../replacement.ts';
import { Status } from '../status.ts';
import { TimerQueue } from '../timer.ts';
import { createTrace } from '../trace/trace.ts';
import { WaitQueue } from '../wait-queue.ts';
import { PacketStream } from './packet-stream.ts';
import { Pipe } from './pipe.ts';
import { RingStream } from './ring-stream.ts';
import { StreamFactories } from './stream-factories.ts';
import { ATOMIC_WRITE, BYTES_FORMAT, DEFAULT_CAPACITY, Framing, PIECES_FORMAT } from './stream.ts';

const bytes = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, i) => (from + i) & 0xff);

function createStreams() {
  const registry = new FactoryRegistry(createTrace({ sizeWords: 64, nowNs: () => 0 }));
  const context = { factories: registry, timers: new TimerQueue(), nowNs: () => 0 };
  return {
    registry,
    streams: new StreamFactories(registry),
    replacement: new Replacement(context, new Census(registry)),
  };
}

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

  it('skips bytes across the wrap, and holds any number without a capacity', () => {
    const ring = new RingStream(Infinity);
    expect(ring.write(bytes(5000), 0)).toBe(5000);
    ring.skip(4999);
    expect(ring.write(bytes(100_000, 5000), 0)).toBe(100_000);
    ring.skip(90_001);
    const into = new Uint8Array(20_000);
    expect(ring.read(into)).toBe(10_000);
    expect(into.subarray(0, 10_000)).toEqual(bytes(10_000, 95_000));
    expect(ring.length).toBe(0);
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
    stream.write(bytes(10), 10, Framing.Packet);
    stream.write(bytes(20), 20, Framing.Packet);
    expect(stream.read(new Uint8Array(4))).toBe(4);
    expect(stream.read(new Uint8Array(100))).toBe(20);
    expect(stream.length).toBe(0);
  });
});

describe('PacketStream with plain bytes', () => {
  it('reads on over bytes and stops after a packet', () => {
    const stream = new PacketStream(DEFAULT_CAPACITY);
    stream.write(bytes(10), 10, Framing.Bytes);
    stream.write(bytes(4, 10), 4, Framing.Bytes);
    stream.write(bytes(4090, 14), 4090, Framing.Packet);
    stream.write(bytes(3, 4104), 3, Framing.Bytes);
    const into = new Uint8Array(5000);
    expect(stream.read(into.subarray(0, 6))).toBe(6);
    expect(stream.read(into)).toBe(4098);
    expect(into.subarray(0, 4098)).toEqual(bytes(4098, 6));
    expect(stream.read(into)).toBe(3);
  });

  it('takes as many small writes as fit, not one per packet', () => {
    const stream = new PacketStream(DEFAULT_CAPACITY);
    for (let i = 0; i < 10_000; i++) expect(stream.write(bytes(1, i), 1, Framing.Bytes)).toBe(1);
    expect(stream.length).toBe(10_000);
  });
});

describe('streams that are swapped', () => {
  it('lose and double no byte while a pipe is written, read and swapped at random', () => {
    const { streams, replacement } = createStreams();
    const pipe = new Pipe(streams, undefined);
    const [reader, writer] = [pipe.open(OpenAccess.Read), pipe.open(OpenAccess.Write)];
    const outcomes = new Map<string, number>();
    let [written, read, seed] = [0, 0, 7];
    const random = (limit: number): number => (seed = (Math.imul(seed, 48271) >>> 0) % 0x7fffffff) % limit;
    for (let step = 0; step < 1500; step++) {
      if (random(3) === 0) {
        const implementation = ['ring', 'large-ring', 'packet'][random(3)]!;
        const { phase } = replacement.swap(pipe.reference, implementation);
        outcomes.set(`${implementation} ${phase}`, (outcomes.get(`${implementation} ${phase}`) ?? 0) + 1);
      }
      written += Math.max(0, writer.write(bytes(random(9000) + 1, written)));
      const into = new Uint8Array(random(9000) + 1);
      const count = Math.max(0, reader.read(into));
      expect(Buffer.compare(into.subarray(0, count), bytes(count, read))).toBe(0);
      read += count;
    }
    expect(written - read).toBe(pipe.stream.length);
    for (const name of ['ring', 'large-ring', 'packet']) expect(outcomes.get(`${name} 3`)).toBeGreaterThan(50);
  });

  it('keep their packets: a ring does not take over before they are read', () => {
    const { streams, replacement } = createStreams();
    const pipe = new Pipe(streams, undefined);
    const [reader, writer] = [pipe.open(OpenAccess.Read), pipe.open(OpenAccess.Write)];
    writer.framing = Framing.Packet;
    writer.write(bytes(5));
    const refused = replacement.swap(pipe.reference, 'ring');
    expect([refused.phase, refused.reason]).toEqual([SwapPhase.Aborted, 'no common transfer format']);
    expect(reader.read(new Uint8Array(3))).toBe(3);
    expect(pipe.stream.length).toBe(0);
    expect(replacement.swap(pipe.reference, 'ring').phase).toBe(SwapPhase.Complete);
  });

  it('stay when the bytes do not fit the new one', () => {
    const { streams, replacement } = createStreams();
    const reference = streams.create();
    expect(replacement.swap(reference, 'large-ring').phase).toBe(SwapPhase.Complete);
    expect(reference.target.capacityBytes).toBe(1 << 20);
    expect(new RingStream(10).importFormats).toEqual([BYTES_FORMAT]);
    expect(() => {
      const pieces = [{ bytes: bytes(11), framing: Framing.Bytes }];
      new RingStream(0).importState(BYTES_FORMAT, { pieces, capacityBytes: 10 });
    }).toThrow(/more bytes/);
    expect(new PacketStream(10).exportFormats).toEqual([PIECES_FORMAT, BYTES_FORMAT]);
  });

  it('end with the last end of their pipe, and what nobody read is lost', () => {
    const { streams, registry } = createStreams();
    const pipe = new Pipe(streams, undefined);
    const [reader, writer] = [pipe.open(OpenAccess.Read), pipe.open(OpenAccess.Write)];
    writer.write(bytes(5));
    writer.release();
    reader.release();
    expect(registry.census().map(({ live }) => live)).toEqual([0, 0, 0]);
    const again = pipe.open(OpenAccess.ReadWrite);
    expect(again.read(new Uint8Array(5))).toBe(Status.WouldBlock);
  });
});

describe('Pipe', () => {
  const open = () => {
    const pipe = new Pipe(createStreams().streams, undefined);
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
