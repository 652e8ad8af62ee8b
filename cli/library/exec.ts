/** Runs a program to its end and keeps what it wrote. */
import type { Readable } from 'node:stream';
import { argumentError } from './guest-error.ts';
import type { GuestProcess } from './guest-process.ts';
import type { MachineHost } from './machine-host.ts';
import type { SpawnOptions } from './spawn-options.ts';
import { spawn } from './spawn.ts';

/** A line for the guest's /bin/sh, or a program and its arguments. */
export type Command = string | readonly [program: string, ...args: string[]];

export interface ExecOptions extends Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid' | 'signal'> {
  /** What it reads; nothing when absent. */
  readonly input?: string | Uint8Array;
  /** When it takes longer, it and its process group are killed. */
  readonly timeoutMs?: number;
  /** Of what it writes, each of the two: 'utf8' when absent; 'buffer' for the bytes themselves. */
  readonly encoding?: BufferEncoding | 'buffer';
  /** Most that it may write to each of the two: 64 MiB when absent. */
  readonly maxBufferBytes?: number;
}

export interface ExecResult<Output = string> {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
}

const MOST_OUTPUT_BYTES = 64 * 2 ** 20;

/**
 * Resolves whatever its status. Rejects when the program can't be started (ENOENT, EACCES, …), writes too much
 * (ERR_CHILD_PROCESS_STDIO_MAXBUFFER), is aborted, or the machine breaks.
 * @internal
 */
export async function exec(
  host: MachineHost,
  command: Command,
  options: ExecOptions = {},
): Promise<ExecResult<string | Buffer>> {
  const { input = '', encoding = 'utf8', timeoutMs, maxBufferBytes = MOST_OUTPUT_BYTES, ...rest } = options;
  const [program, ...args] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
  if (program === undefined) throw argumentError('a command has at least a program');
  const child = spawn(host, program, args, rest);
  // A program need not read what it is given.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  const limit = new TimeLimit(child, timeoutMs);
  try {
    const aborted = new Promise<never>((_resolve, reject) => child.once('error', reject));
    const outputs = Promise.all([collect(child.stdout!, maxBufferBytes), collect(child.stderr!, maxBufferBytes)]);
    const [[stdout, stderr], exit] = await Promise.race([Promise.all([outputs, child.exited]), aborted]);
    const decode = (bytes: Buffer): string | Buffer => (encoding === 'buffer' ? bytes : bytes.toString(encoding));
    return { stdout: decode(stdout), stderr: decode(stderr), ...exit, timedOut: limit.isOver };
  } catch (failure) {
    child.killGroup('SIGKILL');
    throw failure;
  } finally {
    limit.cancel();
  }
}

/** All that comes until the stream ends or is destroyed. */
function collect(stream: Readable, mostBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    stream.on('data', (part: Buffer) => {
      parts.push(part);
      bytes += part.length;
      if (bytes <= mostBytes) return;
      const error = new RangeError(`a program wrote more than ${mostBytes} bytes`);
      reject(Object.assign(error, { code: 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER' }));
      stream.destroy();
    });
    stream.on('close', () => resolve(Buffer.concat(parts)));
  });
}

function dropStreams({ stdout, stderr }: GuestProcess): void {
  stdout?.destroy();
  stderr?.destroy();
}

/** Kills the child and its process group when its time is over. */
class TimeLimit {
  isOver = false;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(child: GuestProcess, timeoutMs: number | undefined) {
    if (timeoutMs === undefined) return;
    this.#timer = setTimeout(() => {
      this.isOver = true;
      child.killGroup('SIGKILL');
      // Those that left the group may hold the streams for ever.
      void child.exited.finally(() => setImmediate(dropStreams, child));
    }, timeoutMs);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
