/**
 * `node .ci/run-ts.mjs test/bench/scheduler.ts`: the scheduler with real guest programs (needs gcc). Shares of loops with
 * weights 1:2:4 over two seconds; the longest slice of loops of several kinds; how long an echo takes beside them, at equal
 * priority and when they are in the background. An echo is timed from when its byte was due in the host's event loop.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toByteString } from '../../kernel/byte-string.ts';
import { Band, NORMAL_WEIGHT } from '../../kernel/dispatcher.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { TraceClass } from '../../kernel/trace/events.ts';
import { O_RDWR } from '../../linuxabi/abi/fcntl.ts';
import { Description } from '../../linuxabi/fs/description.ts';
import type { Machine } from '../../linuxabi/machine.ts';
import type { LinuxThread } from '../../linuxabi/process/thread.ts';
import { createGuestMachine, GuestPrograms } from '../support/guest-machine.ts';
import { table } from './measure.ts';

const WARM_UP_MS = 500;
const SHARE_MS = 2000;
const ECHOES = 60;
const ECHO_EVERY_MS = 20;
const kinds = ['integers', 'calls', 'faults', 'rewriting'] as const;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** Bytes go in one at a time; tells when each comes out again. */
class EchoFile extends UnseekableFile {
  readonly waitQueue = new WaitQueue();
  #waiting = 0;
  echoed: () => void = () => {};

  send(): void {
    this.#waiting++;
    this.waitQueue.wake();
  }

  read(into: Uint8Array): number {
    if (this.#waiting === 0) return Status.WouldBlock;
    this.#waiting--;
    into[0] = 0x61;
    return 1;
  }

  write(from: Uint8Array): number {
    this.echoed();
    return from.length;
  }

  readiness(): number {
    return this.#waiting > 0 ? Ready.Readable | Ready.Writable : Ready.Writable;
  }
}

function start(machine: Machine, program: string, kind: string): { thread: LinuxThread; file: EchoFile } {
  const { root } = machine.fs.system;
  const node = root.dentry.node!;
  if (typeof node.lookup('load') === 'number') {
    const made = node.create('load', { kind: NodeKind.File, permissions: 0o755, owner: 0, group: 0 });
    if (typeof made !== 'number') made.write(0, readFileSync(program));
  }
  const file = new EchoFile();
  const factories = machine.fs.system.factories(machine.kernel.factories);
  const description = new Description({ reference: factories.adopt('echo', file), factories, flags: O_RDWR });
  const before = new Set(machine.tasks.threads.keys());
  machine.spawn({
    path: '/load',
    argv: ['load', kind].map(toByteString),
    environment: [],
    files: [description, description.retain(), description.retain()],
  });
  const [thread] = [...machine.tasks.threads.values()].filter(({ tid }) => !before.has(tid));
  return { thread: thread!, file };
}

async function withMachine<T>(action: (machine: Machine) => Promise<T>): Promise<T> {
  const machine = await createGuestMachine('native');
  const running = machine.run();
  try {
    return await action(machine);
  } finally {
    machine.stop();
    await running;
  }
}

/** Largest relative difference from the fair share, in percent. */
const shareError = (program: string): Promise<number> =>
  withMachine(async (machine) => {
    const weights = [1, 2, 4];
    const loops = weights.map((weight) => {
      const { thread } = start(machine, program, 'integers');
      thread.dispatcher.weight = weight * NORMAL_WEIGHT;
      return thread.dispatcher;
    });
    await sleep(WARM_UP_MS);
    const before = loops.map(({ usedNs }) => usedNs);
    await sleep(SHARE_MS);
    const used = loops.map(({ usedNs }, i) => usedNs - before[i]!);
    const total = used.reduce((sum, ns) => sum + ns, 0);
    return Math.max(...used.map((ns, i) => Math.abs(ns / ((total * weights[i]!) / 7) - 1))) * 100;
  });

interface Latency {
  readonly medianMs: number;
  readonly ninetyFiveMs: number;
  readonly longestSliceMs: number;
}

/** An echo beside one loop of a kind; `band` is the loop's. */
const latency = (program: string, kind: string | undefined, band: Band): Promise<Latency> =>
  withMachine(async (machine) => {
    const { file } = start(machine, program, 'echo');
    if (kind !== undefined) start(machine, program, kind).thread.dispatcher.band = band;
    await sleep(WARM_UP_MS);
    const { control } = machine.kernel.trace;
    control.ring.clear();
    control.mask = TraceClass.Dispatch;
    const times: number[] = [];
    for (let i = 0; i < ECHOES; i++) times.push(await echo(file));
    const dispatched = control.ring.records().map(({ timeNs }) => timeNs);
    const slices = dispatched.slice(1).map((timeNs, i) => (timeNs - dispatched[i]!) / 1e6);
    const sorted = times.toSorted((a, b) => a - b);
    return {
      medianMs: sorted[sorted.length >> 1]!,
      ninetyFiveMs: sorted[Math.floor(sorted.length * 0.95)]!,
      longestSliceMs: kind === undefined ? 0 : slices.toSorted((a, b) => a - b)[Math.floor(slices.length * 0.99)]!,
    };
  });

/** From when the byte was due to when it came back. */
async function echo(file: EchoFile): Promise<number> {
  const dueMs = performance.now() + ECHO_EVERY_MS;
  return new Promise((resolve) => {
    file.echoed = () => resolve(performance.now() - dueMs);
    setTimeout(() => file.send(), ECHO_EVERY_MS);
  });
}

async function main(): Promise<void> {
  const programs = new GuestPrograms();
  try {
    const program = programs.compile(join(import.meta.dirname, 'scheduler.c'));
    process.stdout.write(`weights 1:2:4 over 2 s: share error ${(await shareError(program)).toFixed(2)} %\n`);
    const rows: string[][] = [];
    const measure = async (name: string, kind: string | undefined, band: Band): Promise<void> => {
      const { medianMs, ninetyFiveMs, longestSliceMs } = await latency(program, kind, band);
      rows.push([name, medianMs.toFixed(2), ninetyFiveMs.toFixed(2), longestSliceMs.toFixed(2)]);
    };
    await measure('nothing', undefined, Band.TimeShare);
    for (const kind of kinds) {
      await measure(`${kind}, equal`, kind, Band.TimeShare);
      await measure(`${kind}, background`, kind, Band.Background);
    }
    const header = ['echo beside', 'median ms', '95 % ms', '99 % of slices within ms'];
    process.stdout.write(`${table(header, rows)}\n`);
  } finally {
    programs.remove();
  }
}

await main();
