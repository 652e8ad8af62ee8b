/** Hot swap: its phases, what ends it, and that no byte or call is lost or doubled under load. */
import { describe, expect, it } from 'vitest';
import { MemoryServer } from '../rootfs/memfs/memory-server.ts';
import { Census } from './census.ts';
import { FactoryRegistry } from './factory.ts';
import { NodeKind, OpenAccess } from './file-server.ts';
import type { FileNode } from './file-server.ts';
import { ExclusiveFile } from './files/exclusive-file.ts';
import { FileFactories } from './files/file-factories.ts';
import { SharedFile } from './files/shared-file.ts';
import { Swap, SWAP_TIMEOUT_NS, SwapPhase } from './hot-swap.ts';
import { openFileProtocol } from './files/file-swap.ts';
import { Whence } from './open-file.ts';
import type { OpenFile } from './open-file.ts';
import { Replacement } from './replacement.ts';
import { Status } from './status.ts';
import { TimerQueue } from './timer.ts';
import { TraceClass } from './trace/events.ts';
import { createTrace, traceText } from './trace/trace.ts';

function setUp() {
  const trace = createTrace({ sizeWords: 1024, nowNs: () => 0, mask: TraceClass.Object });
  const registry = new FactoryRegistry(trace);
  const context = { factories: registry, timers: new TimerQueue(), nowNs: () => 0 };
  const node = new MemoryServer({ deviceId: 1 }).root.create('f', {
    kind: NodeKind.File,
    permissions: 0o644,
    owner: 0,
    group: 0,
  }) as FileNode;
  const files = new FileFactories(registry);
  const reference = files.open(node, OpenAccess.ReadWrite);
  const replacement = new Replacement(context, new Census(registry));
  const start = (implementation: string): Swap<object> => replacement.swap(reference, implementation);
  return { ...context, context, activities: registry.table.activities, trace, node, files, reference, start };
}

describe('hot swap', () => {
  it('passes all phases at once when nobody is inside, and takes the cursor along', () => {
    const { reference, files, start, trace, factories, node } = setUp();
    reference.target.write(Buffer.from('some text'));
    reference.target.seek(5, Whence.Start);
    expect(start('shared').phase).toBe(SwapPhase.Complete);
    expect(reference.target).toBeInstanceOf(SharedFile);
    const into = Buffer.alloc(9);
    expect(into.toString('latin1', 0, reference.target.read(into))).toBe('text');
    const phases = traceText(trace).filter((line) => line.includes('swapPhase'));
    expect(phases.map((line) => Number(/phase (\d)/.exec(line)![1]))).toEqual([0, 1, 2, 3]);
    const live = factories.census().filter((row) => row.live > 0);
    expect(live.map((row) => row.implementation)).toEqual(['shared']);
    reference.release();
    expect(files.hasWriters(node)).toBe(false);
  });

  it('forwards calls until the activities from before have ended', () => {
    const { reference, start, activities } = setUp();
    const activity = activities.enter();
    const held = reference.target;
    const swap = start('shared');
    held.write(Buffer.from('one '));
    reference.target.write(Buffer.from('two '));
    expect(swap.phase).toBe(SwapPhase.Forward);
    activities.leave(activity);
    expect(swap.phase).toBe(SwapPhase.Complete);
    expect(reference.target.seek(0, Whence.Current)).toBe(8);
  });

  it('is aborted at its deadline, and the old object goes on', () => {
    const { reference, start, activities, timers } = setUp();
    const activity = activities.enter();
    const before = reference.target;
    const swap = start('shared');
    timers.expire(SWAP_TIMEOUT_NS);
    expect([swap.phase, swap.reason]).toEqual([SwapPhase.Aborted, 'timed out']);
    expect(reference.target).toBe(before);
    activities.leave(activity);
    expect(reference.target).toBe(before);
  });

  it('refuses a second swap of the same object, and an object that ends calls its swap off', () => {
    const { reference, start, activities } = setUp();
    const activity = activities.enter();
    const first = start('shared');
    expect(start('shared').phase).toBe(SwapPhase.Aborted);
    reference.release();
    expect(first.phase).toBe(SwapPhase.Aborted);
    activities.leave(activity);
  });

  it.each([
    ['has no format in common', { exportFormats: [], importFormats: ['other'] }, /format/],
    ['lacks a method', { writeAt: undefined }, /lacks writeAt/],
    [
      'throws while importing',
      {
        importState: () => {
          throw new Error('import failed');
        },
      },
      /import failed/,
    ],
  ])('keeps the old object when the new one %s', (_what, flaw, reason) => {
    const { reference, factories, context, node } = setUp();
    const before = reference.target;
    before.write(Buffer.from('abc'));
    const factory = factories.find('open-file', 'shared')!;
    const successor = (): OpenFile => Object.assign(new SharedFile(node, Float64Array.of(0)), flaw);
    const swap = new Swap<OpenFile>(context, { reference, protocol: openFileProtocol, factory, successor });
    swap.start();
    expect(swap.phase).toBe(SwapPhase.Aborted);
    expect(swap.reason).toMatch(reason);
    expect(reference.target).toBe(before);
    expect(reference.target.seek(0, Whence.Current)).toBe(3);
  });
});

describe('calls while a swap blocks', () => {
  /** An open file that does something in the middle of its write. */
  class Reentrant extends ExclusiveFile {
    during: () => void = () => {};
    override write(from: Uint8Array): number {
      this.during();
      return super.write(from);
    }
  }

  function blocked() {
    const all = setUp();
    const file = new Reentrant(all.node, 0);
    all.reference.target = file;
    const activity = all.activities.enter();
    const swap = all.start('shared');
    const insideCall = (action: () => void): void => {
      file.during = () => {
        all.activities.leave(activity);
        expect(swap.phase).toBe(SwapPhase.Block);
        action();
      };
      expect(all.reference.target.write(Buffer.from('abc'))).toBe(3);
    };
    return { ...all, swap, insideCall, file };
  }

  it('are told to wait, and woken when it is complete', () => {
    const { reference, swap, insideCall, file } = blocked();
    let woken = 0;
    insideCall(() => {
      expect(reference.target.read(new Uint8Array(3))).toBe(Status.WouldBlock);
      reference.target.waitQueue.add({ wake: () => void woken++ });
    });
    expect(swap.phase).toBe(SwapPhase.Complete);
    expect([woken, file.waitQueue.length]).toEqual([1, 0]);
    expect(reference.target.seek(0, Whence.Current)).toBe(3);
  });

  it('call the swap off when they can not wait', () => {
    const { reference, swap, insideCall, file } = blocked();
    insideCall(() => expect(reference.target.seek(0, Whence.End)).toBe(0));
    expect([swap.phase, swap.reason]).toEqual([SwapPhase.Aborted, 'a call could not wait']);
    expect(reference.target).toBe(file);
  });
});

describe('under load', () => {
  it('no byte is lost or doubled while a file is written, read and swapped at random', () => {
    const { reference, start, activities, node } = setUp();
    let seed = 11;
    const random = (limit: number): number => (seed = (Math.imul(seed, 48271) >>> 0) % 0x7fffffff) % limit;
    const expected: number[] = [];
    const inside: (0 | 1)[] = [];
    const outcomes = new Set<SwapPhase>();
    const swaps: Swap<object>[] = [];
    for (let step = 0; step < 4000; step++) {
      const kind = random(10);
      if (kind < 5) {
        const bytes = Uint8Array.from({ length: random(40) }, () => random(256));
        const count = reference.target.write(bytes);
        expect(count).toBe(bytes.length);
        expected.push(...bytes);
      } else if (kind < 7) swaps.push(start(random(2) === 0 ? 'shared' : 'exclusive'));
      else if (kind < 8 && inside.length < 3) inside.push(activities.enter());
      else if (inside.length > 0) activities.leave(inside.splice(random(inside.length), 1)[0]!);
    }
    for (const generation of inside) activities.leave(generation);
    for (const swap of swaps) outcomes.add(swap.phase);
    const content = new Uint8Array(expected.length + 1);
    expect(node.read(0, content)).toBe(expected.length);
    expect(Buffer.from(content.subarray(0, -1)).equals(Buffer.from(expected))).toBe(true);
    expect(outcomes).toEqual(new Set([SwapPhase.Complete, SwapPhase.Aborted]));
  });
});
