/** The machine of a run or a served one, as its options want it, with the helpers around it. */
import type { FileSystem } from '../linuxabi/fs/file-system.ts';
import { WallTime } from '../linuxabi/limits/wall-time.ts';
import type { Machine } from '../linuxabi/machine.ts';
import type { SyscallTracer } from '../linuxabi/strace.ts';
import { EVERY_TRACE_CLASS } from '../linuxabi/trace-events.ts';
import type { TerminalSystem } from '../linuxabi/tty/terminal-system.ts';
import { assembleMachine } from './assemble-machine.ts';
import { DebugAids } from './debug-aids.ts';
import { createEngine } from './engines.ts';
import { hostRandom } from './host-random.ts';
import type { NodeNetwork } from './net/node-network.ts';
import { openNetwork } from './net/open-network.ts';
import { note } from './note.ts';
import type { SessionOptions } from './run-options.ts';
import { ensureFolder } from './session-files.ts';
import { freezeRoot, mountRequested } from './session-mounts.ts';

/** Watches a session's system calls, and says what it saw when the session is over. */
export type SessionTracer = SyscallTracer & { finish(): void | Promise<void> };

/** The last four only do something when it was asked for. */
export interface SessionMachine {
  readonly machine: Machine;
  readonly terminals: TerminalSystem;
  readonly tracer: SessionTracer | undefined;
  readonly network: NodeNetwork | undefined;
  readonly debug: DebugAids;
  /** How long its programs may run. */
  readonly time: WallTime | undefined;
}

export async function openSessionMachine(options: SessionOptions, system: FileSystem): Promise<SessionMachine> {
  const debug = await DebugAids.open(options.debug, await createEngine(options.engine, options.cpu), note);
  const tracer = await openTracer(options);
  const network = options.network && (await openNetwork(options.network, system));
  const { machine, terminals } = assembleMachine(system, {
    engine: debug.engine,
    random: hostRandom(),
    log: options.log === 'stderr' ? note : () => undefined,
    hostname: options.hostname,
    bounds: options.limits.bounds,
    ...(options.limits.limits && { limits: options.limits.limits }),
    ...(tracer && { tracer }),
    ...(network && { hostNetwork: network }),
    ...(debug.tracesKernel && { traceMask: EVERY_TRACE_CLASS }),
  });
  mountRequested(machine, options.mounts, options.denied);
  if (options.workdir !== undefined) ensureFolder(system, options.workdir);
  if (options.mounts.rootAccess === 'read-only') freezeRoot(machine);
  debug.machineMade(machine);
  await network?.publish(machine.network, note);
  const { wallTime } = options.limits;
  const time = wallTime && new WallTime(machine, wallTime.timeNs, wallTime.graceNs);
  return { machine, terminals, tracer, network, debug, time };
}

async function openTracer({ strace, profile }: SessionOptions): Promise<SessionTracer | undefined> {
  if (strace !== undefined) return (await import('./open-strace.ts')).openStrace(strace);
  return profile && (await import('./open-profile.ts')).openProfile(profile.output);
}
