/**
 * One run of k42 from the command line: a machine, its files and its console, a program in it, and the way back: exit
 * status, drained output, the terminal as it was.
 */
import type { ReadStream } from 'node:tty';
import type { OpenFile } from '../kernel/open-file.ts';
import { O_RDONLY, O_RDWR, O_WRONLY } from '../linuxabi/abi/fcntl.ts';
import type { FileSystem } from '../linuxabi/fs/file-system.ts';
import type { WallTime } from '../linuxabi/limits/wall-time.ts';
import type { Machine } from '../linuxabi/machine.ts';
import type { Session as LinuxSession } from '../linuxabi/process/session.ts';
import { sendToProcess } from '../linuxabi/signal/send.ts';
import { kernelSignal } from '../linuxabi/signal/siginfo.ts';
import type { ControlServer } from './control/server.ts';
import { HostInput } from './console/host-input.ts';
import { HostOutput } from './console/host-output.ts';
import { lookUpUser, type GuestUser } from './guest-user.ts';
import { TIMED_OUT } from './limit-options.ts';
import { note } from './note.ts';
import { describeStream, findProgram, shellStatus, startProgram, type ProgramRequest } from './program.ts';
import { refusal } from './refusal.ts';
import type { SessionOptions } from './run-options.ts';
import { existsIn } from './session-files.ts';
import { openSessionMachine, type SessionMachine } from './session-machine.ts';
import { forwardSignals } from './signal-forwarding.ts';

const NS_PER_MS = 1_000_000;
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

export class Session {
  readonly options: SessionOptions;
  readonly #system: FileSystem;
  readonly #machine: Machine;
  readonly #parts: SessionMachine;
  readonly #errors = new HostOutput(process.stderr.fd);
  #control: ControlServer | undefined;

  private constructor(options: SessionOptions, parts: SessionMachine) {
    this.options = options;
    this.#system = parts.machine.fs.system;
    this.#machine = parts.machine;
    this.#parts = parts;
  }

  static async open(options: SessionOptions, system: FileSystem): Promise<Session> {
    return new Session(options, await openSessionMachine(options, system));
  }

  /** Runs the program to its end and answers its exit status, 128 + signal when one ended it. */
  async run(program: SessionProgram): Promise<number> {
    const user = lookUpUser(this.#system, this.options.user);
    const console = await this.#openConsole(user.uid);
    const running = this.#machine.run();
    const { time } = this.#parts;
    // A guest that sleeps for ever leaves Node nothing to wait for: it must not take that for the end.
    const awake = setInterval(() => undefined, LONGEST_TIMER_MS);
    const control = setTimeout(() => void this.#openControl(), CONTROL_DELAY_MS).unref();
    try {
      const status = await Promise.race([this.#runProgram(program, console, user), running.then(() => 0)]);
      return time?.isOver === true ? TIMED_OUT : status;
    } finally {
      time?.cancel();
      clearInterval(awake);
      clearTimeout(control);
      this.#control?.close();
      this.#machine.stop();
      const { tracer, network, debug } = this.#parts;
      await tracer?.finish();
      debug.finish(this.#machine);
      await this.#closeInTime(console, time);
      await network?.close();
      await debug.close();
      await this.#errors.drain();
    }
  }

  /**
   * What the program wrote is delivered, however slow its reader is; when the time was up, that has an end too. A write that the host is in
   * the middle of can't be called off, so the process goes with it.
   */
  async #closeInTime(console: SessionConsole, time: WallTime | undefined): Promise<void> {
    const graceNs = this.options.limits.wallTime?.graceNs ?? 0;
    const end = (): void => void process.kill(process.pid, 'SIGKILL');
    const timer = time?.isOver === true ? setTimeout(end, graceNs / NS_PER_MS) : undefined;
    await console.close();
    clearTimeout(timer);
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
      onLoaded: (thread) => this.#parts.debug.programLoaded(thread),
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
    const { terminals } = this.#parts;
    const entry = terminals.ptys.createConsole(owner);
    terminals.console = entry;
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
      files: [terminals.openConsole(entry), terminals.openConsole(entry), terminals.openConsole(entry)],
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
