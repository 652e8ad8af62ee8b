/** A machine that stays alive: its name, and its table of terminals with a program on each. */
import { O_RDWR } from '../../linuxabi/abi/fcntl.ts';
import type { Machine } from '../../linuxabi/machine.ts';
import type { Limits } from '../../linuxabi/process/limits.ts';
import { lookUpUser, type GuestUser } from '../guest-user.ts';
import { GuestFiles } from '../library/guest-files.ts';
import type { MachineHost } from '../library/machine-host.ts';
import { limitsOf } from '../library/machine-limits.ts';
import { nameOfSignal } from '../library/signal-name.ts';
import { loginShell } from '../login-shell.ts';
import { describeStream, programEnd, startProgram } from '../program.ts';
import { refusal } from '../refusal.ts';
import { guestTree } from './copy/guest-tree.ts';
import type { TreeFiles } from './copy/tree-files.ts';
import { TerminalSession, type TerminalSize } from './terminal-session.ts';

/** Lines that have scrolled out, of each terminal. */
const SCROLLBACK_LINES = 2000;
/** Terminals whose program has ended, kept for their logs. */
const ENDED_KEPT = 16;
const DEFAULT_SIZE: TerminalSize = { columns: 80, rows: 24 };
const DEFAULT_TERM = 'xterm';

/** What a program starts with where it is not what the machine gives to all. */
export interface ProgramOptions {
  /** Added to the machine's own. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly workdir?: string | undefined;
  /** `UID[:GID]`, numbers or names of the guest. */
  readonly user?: string | undefined;
}

export interface TerminalOptions extends ProgramOptions {
  /** 80 by 24 when absent; the first viewer with a size changes it. */
  readonly size?: TerminalSize | undefined;
  /** What TERM says the viewers' terminals are: xterm when absent. */
  readonly term?: string | undefined;
}

export interface TerminalListener {
  opened?(session: TerminalSession): void;
  /** Its program has ended and its viewers have been told. */
  over?(session: TerminalSession): void;
}

export class ServedMachine {
  readonly name: string;
  readonly host: MachineHost;
  readonly startedMs = Date.now();
  readonly listeners = new Set<TerminalListener>();
  readonly #sessions = new Map<number, TerminalSession>();
  #ended: TerminalSession[] = [];
  #lastId = 0;
  #tree: TreeFiles | undefined;

  constructor(name: string, host: MachineHost) {
    this.name = name;
    this.host = host;
  }

  /** Its files, for copies. */
  get tree(): TreeFiles {
    this.#tree ??= guestTree(new GuestFiles(this.host));
    return this.#tree;
  }

  get machine(): Machine {
    return this.host.machine;
  }

  /**
   * A new terminal with a program on it: a login shell when none is named. That it can't be started is shown on the terminal and told as its
   * end, with a shell's status. Throws when a user or a folder is not there.
   */
  openTerminal(command: readonly string[] = [], options: TerminalOptions = {}): TerminalSession {
    this.host.assertOpen();
    const { terminals, machine } = this.host;
    const user = this.userOf(options.user);
    const [name] = command;
    const program = name === undefined ? loginShell(machine.fs.system) : { name, argv: command };
    const entry = terminals.ptys.createConsole(user.uid);
    const session = new TerminalSession({
      id: ++this.#lastId,
      command: program.argv,
      terminal: entry.terminal,
      size: options.size ?? DEFAULT_SIZE,
      scrollbackLines: SCROLLBACK_LINES,
    });
    const open = () => describeStream(machine, terminals.openConsole(entry), O_RDWR);
    const { pid, started, exited } = startProgram(machine, {
      ...program,
      environment: { ...this.environmentOf(options), TERM: options.term ?? DEFAULT_TERM },
      cwd: this.workdirOf(options, user),
      user,
      files: [open(), open(), open()],
      ...this.limits(),
      onSession: (leader) => {
        const [group] = leader.groups.values();
        if (group !== undefined) entry.terminal.adopt(leader, group);
      },
    });
    session.pid = pid;
    session.onOver = () => this.#over(session);
    session.onFree = () => terminals.ptys.remove(entry.index);
    this.#sessions.set(session.id, session);
    for (const listener of this.listeners) listener.opened?.(session);
    // A machine that closes ends what has not begun yet too.
    session.begun = Promise.race([started, exited.then(() => 0)]).then((result) =>
      this.#hasBegun(session, result, exited),
    );
    return session;
  }

  /** Those with a program that runs, oldest first. */
  terminals(): TerminalSession[] {
    return [...this.#sessions.values()];
  }

  /** By its number; one whose program has ended too, as long as it is remembered. */
  terminal(id: number): TerminalSession | undefined {
    return this.#sessions.get(id) ?? this.#ended.find((session) => session.id === id);
  }

  /** The oldest that is remembered: of the program the machine was started for, where there is one. */
  firstTerminal(): TerminalSession | undefined {
    return [...this.#ended, ...this.#sessions.values()].reduce<TerminalSession | undefined>(
      (first, session) => (first === undefined || session.id < first.id ? session : first),
      undefined,
    );
  }

  userOf(request: string | undefined): GuestUser {
    return request === undefined ? this.host.defaults.user : lookUpUser(this.machine.fs.system, request);
  }

  environmentOf({ environment }: ProgramOptions): Readonly<Record<string, string>> {
    return { ...this.host.defaults.environment, ...environment };
  }

  /** The machine's own, unless another user's home is meant. */
  workdirOf({ workdir, user: request }: ProgramOptions, user: GuestUser): string {
    return workdir ?? (request === undefined ? this.host.defaults.cwd : user.home);
  }

  limits(): { readonly limits?: Limits } {
    const { limits } = this.host.defaults;
    return limits === undefined ? {} : { limits: limitsOf(limits) };
  }

  /** Kills what runs and frees everything. */
  async close(): Promise<void> {
    await this.host.close();
  }

  // --- how ---------------------------------------------------------------------------------------------------------------

  /** `result`: 0, or −errno of what can't be started. */
  #hasBegun(session: TerminalSession, result: number, exited: Promise<number>): void {
    if (result === 0) {
      void exited.then((waitStatus) => {
        const { status, signal } = programEnd(waitStatus);
        session.programEnded({ status, signal: signal === null ? null : nameOfSignal(signal) });
      });
      return;
    }
    const { text, status } = refusal(result);
    session.refusal = `${session.command[0]}: ${text}`;
    session.say(`k42: ${session.refusal}\r\n`);
    session.programEnded({ status, signal: null });
  }

  #over(session: TerminalSession): void {
    this.#sessions.delete(session.id);
    this.#ended = [...this.#ended, session].slice(-ENDED_KEPT);
    for (const listener of this.listeners) listener.over?.(session);
  }
}
