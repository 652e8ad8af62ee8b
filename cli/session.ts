/**
 * One run of k42 from the command line: a machine, its files and its console, a program in it, and the way back: exit
 * status, drained output, the terminal as it was.
 */
import type { ReadStream } from 'node:tty';
import type { OpenFile } from '../kernel/open-file.ts';
import { O_RDONLY, O_RDWR, O_WRONLY } from '../linuxabi/abi/fcntl.ts';
import type { FileSystem } from '../linuxabi/fs/file-system.ts';
import type { Machine } from '../linuxabi/machine.ts';
import type { Session as LinuxSession } from '../linuxabi/process/session.ts';
import { sendToProcess } from '../linuxabi/signal/send.ts';
import { kernelSignal } from '../linuxabi/signal/siginfo.ts';
import type { SyscallTracer } from '../linuxabi/strace.ts';
import { EVERY_TRACE_CLASS } from '../linuxabi/trace-events.ts';
import type { TerminalSystem } from '../linuxabi/tty/terminal-system.ts';
import { assembleMachine, type AssembledMachine } from './assemble-machine.ts';
import type { ControlServer } from './control/server.ts';
import { HostInput } from './console/host-input.ts';
import { HostOutput } from './console/host-output.ts';
import { DebugAids } from './debug-aids.ts';
import { createEngine } from './engines.ts';
import { lookUpUser, type GuestUser } from './guest-user.ts';
import { hostRandom } from './host-random.ts';
import type { NodeNetwork } from './net/node-network.ts';
import { openNetwork } from './net/open-network.ts';
import { describeStream, findProgram, shellStatus, startProgram, type ProgramRequest } from './program.ts';
import { refusal } from './refusal.ts';
import type { SessionOptions } from './run-options.ts';
import { ensureFolder, existsIn, mountVolumes } from './session-files.ts';
import { forwardSignals } from './signal-forwarding.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** A run that is over sooner never has a control socket, which would cost it more than its program does. */
const CONTROL_DELAY_MS = 150;

/** Which program, and what it finds as its arguments and environment. */
export type SessionProgram = Pick<ProgramRequest, 'name' | 'argv' | 'environment'>;

/** What a program has at descriptors 0, 1 and 2, and what becomes of it when the program has ended. */
interface SessionConsole {
  readonly files: readonly OpenFile[];
  onSession(session: LinuxSession): void;
  close(): Promise<void>;
}

/** Watches a session's system calls, and says what it saw when the session is over. */
export type SessionTracer = SyscallTracer & { finish(): void | Promise<void> };

/** What a session has only when it was asked for. */
interface SessionHelpers {
  readonly tracer: SessionTracer | undefined;
  readonly network: NodeNetwork | undefined;
  readonly debug: DebugAids;
}

export class Session {
  readonly options: SessionOptions;
  readonly #system: FileSystem;
  readonly #machine: Machine;
  readonly #terminals: TerminalSystem;
  readonly #tracer: SessionTracer | undefined;
  readonly #network: NodeNetwork | undefined;
  readonly #debug: DebugAids;
  readonly #errors = new HostOutput(process.stderr.fd);
  #control: ControlServer | undefined;

  private constructor(options: SessionOptions, { machine, terminals }: AssembledMachine, helpers: SessionHelpers) {
    this.#tracer = helpers.tracer;
    this.#network = helpers.network;
    this.#debug = helpers.debug;
    this.options = options;
    this.#system = machine.fs.system;
    this.#machine = machine;
    this.#terminals = terminals;
  }

  static async open(options: SessionOptions, system: FileSystem): Promise<Session> {
    const debug = await DebugAids.open(options.debug, await createEngine(options.engine, options.cpu), note);
    mountVolumes(system, options.volumes);
    if (options.workdir !== undefined) ensureFolder(system, options.workdir);
    const tracer = await openTracer(options);
    const network = options.network && (await openNetwork(options.network, system));
    const assembled = assembleMachine(system, {
      engine: debug.engine,
      random: hostRandom(),
      log: options.log === 'stderr' ? note : () => undefined,
      hostname: options.hostname,
      ...(tracer && { tracer }),
      ...(network && { hostNetwork: network }),
      ...(debug.tracesKernel && { traceMask: EVERY_TRACE_CLASS }),
    });
    debug.machineMade(assembled.machine);
    await network?.publish(assembled.machine.network, note);
    return new Session(options, assembled, { tracer, network, debug });
  }

  /** Runs the program to its end and answers its exit status, 128 + signal when one ended it. */
  async run(program: SessionProgram): Promise<number> {
    const user = lookUpUser(this.#system, this.options.user);
    const console = await this.#openConsole(user.uid);
    const running = this.#machine.run();
    // A guest that sleeps for ever leaves Node nothing to wait for: it must not take that for the end.
    const awake = setInterval(() => undefined, LONGEST_TIMER_MS);
    const control = setTimeout(() => void this.#openControl(), CONTROL_DELAY_MS).unref();
    try {
      return await Promise.race([this.#runProgram(program, console, user), running.then(() => 0)]);
    } finally {
      clearInterval(awake);
      clearTimeout(control);
      this.#control?.close();
      this.#machine.stop();
      await this.#tracer?.finish();
      this.#debug.finish(this.#machine);
      await console.close();
      await this.#network?.close();
      await this.#debug.close();
      await this.#errors.drain();
    }
  }

  /** For k42 inspect and its kin. A host that gives no socket does not keep a program from running. */
  async #openControl(): Promise<void> {
    try {
      const { ControlServer } = await import('./control/server.ts');
      this.#control = await ControlServer.open(this.#machine);
    } catch (failure) {
      if (process.env['K42_DEBUG'] !== undefined) note(`no control socket: ${String(failure)}`);
    }
  }

  async #runProgram(program: SessionProgram, console: SessionConsole, user: GuestUser): Promise<number> {
    const request: ProgramRequest = {
      ...program,
      cwd: this.options.workdir ?? user.home,
      user,
      files: console.files.map((file, fd) => describeStream(this.#machine, file, this.#flagsOf(fd))),
      onSession: (session) => console.onSession(session),
      onLoaded: (thread) => this.#debug.programLoaded(thread),
    };
    const { pid, started, exited } = startProgram(this.#machine, request);
    // At a terminal, signals for the program come from its keys; one sent to k42 means k42.
    const stop =
      this.options.terminal === 'none' ? forwardSignals((signal) => this.#signal(pid, signal)) : () => undefined;
    try {
      const result = await started;
      return result === 0 ? shellStatus(await exited) : this.#refuse(request, result);
    } finally {
      stop();
    }
  }

  /** Says why the program could not be started; a shell's status for it. */
  #refuse(request: ProgramRequest, result: number): number {
    const { errno, text, status } = refusal(result);
    const isThere = errno === 'ENOENT' && existsIn(this.#system, findProgram(this.#system, request));
    note(`${request.argv[0]}: ${isThere ? 'its interpreter is not in the root' : text}`);
    return status;
  }

  #signal(pid: number, signal: number): void {
    const process = this.#machine.tasks.processes.get(pid);
    if (process !== undefined) sendToProcess(process, kernelSignal(signal));
  }

  #flagsOf(fd: number): number {
    if (this.options.terminal !== 'none') return O_RDWR;
    return fd === 0 ? O_RDONLY : O_WRONLY;
  }

  async #openConsole(owner: number): Promise<SessionConsole> {
    if (this.options.terminal === 'none') return this.#openStreams();
    const entry = this.#terminals.ptys.createConsole(owner);
    this.#terminals.console = entry;
    const { terminal } = entry;
    let close: () => Promise<void>;
    if (this.options.terminal === 'pty') {
      const { PtyConsole } = await import('./console/pty-console.ts');
      const console = await PtyConsole.open(terminal);
      note(`console on ${console.path}`);
      close = () => console.close();
    } else {
      const { TerminalConsole } = await import('./console/terminal-console.ts');
      const console = new TerminalConsole(terminal, process.stdin as ReadStream);
      await console.open();
      close = () => console.close();
    }
    return {
      files: [
        this.#terminals.openConsole(entry),
        this.#terminals.openConsole(entry),
        this.#terminals.openConsole(entry),
      ],
      onSession: (session) => {
        const [group] = session.groups.values();
        if (group !== undefined) terminal.adopt(session, group);
      },
      close,
    };
  }

  #openStreams(): SessionConsole {
    const input = new HostInput(process.stdin);
    const output = new HostOutput(process.stdout.fd);
    return {
      files: [input, output, this.#errors],
      onSession: () => undefined,
      close: async () => {
        input.stop();
        await output.drain();
      },
    };
  }
}

async function openTracer({ strace, profile }: SessionOptions): Promise<SessionTracer | undefined> {
  if (strace !== undefined) return (await import('./open-strace.ts')).openStrace(strace);
  return profile && (await import('./open-profile.ts')).openProfile(profile.output);
}

export function note(text: string): void {
  process.stderr.write(`k42: ${text}\n`);
}
