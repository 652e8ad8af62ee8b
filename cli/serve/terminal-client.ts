/** This process's own terminal as a viewer of a machine's: keys go in, the screen comes out, until the program ends or the viewer leaves. */
import type { ReadStream } from 'node:tty';
import { TerminalGuard } from '../console/terminal-guard.ts';
import { FrameKind, countOf, jsonOf, sizePayload } from '../control/frames.ts';
import { isRecord } from '../control/protocol.ts';
import type { OpenStream } from '../control/stream-client.ts';
import { ClientInput } from './client-input.ts';
import { ClientOutput } from './client-output.ts';
import type { DetachKeys } from './detach-keys.ts';
import { MACHINE_ENDED, statusIn } from './session-status.ts';

const INPUT = 0;
const OUTPUT = 1;

export interface TerminalRequest {
  readonly detachKeys: DetachKeys;
  /** Whether standard input is taken. */
  readonly input: 'keys' | 'none';
}

/** How it ended, and what there is to say about that once the terminal is itself again. */
export interface TerminalOutcome {
  readonly status: number;
  readonly remark?: (machine: string) => string;
}

/** What the machine is told of this terminal when a stream is opened. */
export function terminalParams(): object {
  const { columns, rows, isTTY } = process.stdout;
  return {
    ...(isTTY && columns > 0 && { size: { columns, rows } }),
    ...(process.env['TERM'] && { term: process.env['TERM'] }),
    // A file must not miss anything.
    whenSlow: isTTY ? 'redraw' : 'wait',
  };
}

/** Raw mode takes as long as the machine to answer: begun before. */
export function enterRaw(
  input: TerminalRequest['input'],
): { readonly guard: TerminalGuard; readonly ready: Promise<void> } | undefined {
  if (input === 'none' || !process.stdin.isTTY) return undefined;
  const guard = new TerminalGuard(process.stdin as ReadStream);
  return { guard, ready: guard.enterRaw() };
}

export async function showTerminal(
  stream: OpenStream,
  { detachKeys, input }: TerminalRequest,
): Promise<TerminalOutcome> {
  const { frames } = stream;
  const output = new ClientOutput(process.stdout.fd, frames, OUTPUT);
  const filter = (bytes: Uint8Array): Uint8Array => {
    const passed = detachKeys.filter(bytes);
    if (passed !== 'detach') return passed;
    frames.send(FrameKind.Detach, INPUT);
    return new Uint8Array(0);
  };
  const resize = (): void =>
    frames.send(FrameKind.Resize, INPUT, sizePayload(process.stdout.columns, process.stdout.rows));
  if (process.stdout.isTTY) process.stdout.on('resize', resize);
  const keys = input === 'keys' ? new ClientInput(process.stdin, frames, filter) : undefined;
  const outcome = await new Promise<TerminalOutcome>((resolve) => {
    stream.begin({
      frame: (kind, _channel, payload) => {
        if (kind === FrameKind.Data) output.take(payload);
        else if (kind === FrameKind.Taken) keys?.taken(countOf(payload));
        else if (kind === FrameKind.Ended) {
          const status = statusIn(payload);
          resolve(isDetached(payload) ? { status, remark: (machine) => wayBack(machine, stream.result) } : { status });
        }
      },
      closed: () => {
        resolve({ status: MACHINE_ENDED, remark: (machine) => `machine ${machine} has ended` });
      },
    });
  });
  keys?.stop();
  process.stdout.off('resize', resize);
  await output.drain();
  return outcome;
}

function isDetached(payload: Uint8Array): boolean {
  const end = jsonOf(payload);
  return isRecord(end) && end['detached'] === true;
}

function wayBack(machine: string, result: unknown): string {
  const id = isRecord(result) ? Number(result['terminal']) : '';
  return `left terminal ${id}; k42 attach ${machine} ${id} comes back to it`;
}
