/** What a program has at descriptors 0, 1 and 2, and the host's ends of it. */
import type { Readable, Writable } from 'node:stream';
import type { OpenFile } from '../../kernel/open-file.ts';
import { AT_FDCWD, O_RDONLY, O_WRONLY } from '../../linuxabi/abi/fcntl.ts';
import type { Description } from '../../linuxabi/fs/description.ts';
import { openPath } from '../../linuxabi/fs/opening.ts';
import { HostInput } from '../console/host-input.ts';
import { HostOutput } from '../console/host-output.ts';
import { describeStream } from '../program.ts';
import { guestError } from './guest-error.ts';
import { GuestInput } from './guest-input.ts';
import { GuestOutput } from './guest-output.ts';
import type { MachineHost } from './machine-host.ts';
import type { SpawnOptions, StandardStream } from './spawn-options.ts';

export interface StandardStreams {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** For the process that begins. */
  readonly files: readonly Description[];
  /** Lets go of the host's own descriptors. */
  end(): Promise<void>;
}

/** Throws when the guest has no /dev/null and it is asked for. */
export function openStreams(host: MachineHost, stdio: SpawnOptions['stdio'] = 'pipe'): StandardStreams {
  const [first, second, third]: readonly StandardStream[] = typeof stdio === 'string' ? [stdio, stdio, stdio] : stdio;
  const input = openInput(first ?? 'pipe');
  const outputs = [openOutput(second ?? 'pipe', process.stdout.fd), openOutput(third ?? 'pipe', process.stderr.fd)];
  const [stdout, stderr] = outputs.map((output) => (output instanceof GuestOutput ? output.stream : null));
  return {
    stdin: input instanceof GuestInput ? input.stream : null,
    stdout: stdout ?? null,
    stderr: stderr ?? null,
    files: [describe(host, input, O_RDONLY), ...outputs.map((output) => describe(host, output, O_WRONLY))],
    end: async () => {
      if (input instanceof HostInput) input.stop();
      await Promise.all(outputs.filter((output) => output instanceof HostOutput).map((output) => output.drain()));
    },
  };
}

function openInput(stream: StandardStream): GuestInput | HostInput | undefined {
  if (stream === 'ignore') return undefined;
  return stream === 'pipe' ? new GuestInput() : new HostInput(process.stdin);
}

function openOutput(stream: StandardStream, descriptor: number): GuestOutput | HostOutput | undefined {
  if (stream === 'ignore') return undefined;
  return stream === 'pipe' ? new GuestOutput() : new HostOutput(descriptor);
}

function describe({ machine, agent }: MachineHost, file: OpenFile | undefined, flags: number): Description {
  if (file !== undefined) return describeStream(machine, file, flags);
  const opened = openPath(agent.thread, AT_FDCWD, '/dev/null', flags, 0);
  if (typeof opened === 'number') throw guestError(opened, { syscall: 'open', path: '/dev/null' });
  return opened;
}
