/** Commands of the guest that are JavaScript outside: a file inside that any program may execute, and a function that does its work. */
import type { Readable, Writable } from 'node:stream';
import { toByteString, toHostString } from '../../kernel/byte-string.ts';
import { EEXIST, ENOSYS } from '../../linuxabi/abi/errno.ts';
import { AT_FDCWD, O_CREAT, O_EXCL, O_WRONLY } from '../../linuxabi/abi/fcntl.ts';
import { block, Restart } from '../../linuxabi/blocking.ts';
import { Gpr } from '../../cpu/state-layout.ts';
import { changeMode } from '../../linuxabi/fs/calls/attributes.ts';
import { mkdirat } from '../../linuxabi/fs/calls/names.ts';
import { pathOf } from '../../linuxabi/fs/mount.ts';
import { openPath } from '../../linuxabi/fs/opening.ts';
import { Last } from '../../linuxabi/fs/path-walk.ts';
import { locate } from '../../linuxabi/fs/walker.ts';
import type { LinuxThread } from '../../linuxabi/process/thread.ts';
import { linuxResult } from '../../linuxabi/status-errno.ts';
import { COMMAND_CALL, commandProgram } from './command-program.ts';
import { CommandRun } from './command-run.ts';
import { guestError } from './guest-error.ts';
import type { MachineHost } from './machine-host.ts';
import { outside } from './outside.ts';

/** One execution of a command, as its function sees it. */
export interface CommandCall {
  /** argv[0] is the name that it was called by. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Its working folder in the guest. */
  readonly cwd: string;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Its descriptors 0, 1 and 2, whatever they lead to: a terminal, a pipe of a shell, a file. */
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborts when it is killed, or its machine closed: nobody waits for its answer any more. */
  readonly signal: AbortSignal;
}

/** Answers the exit status; 0 when it answers nothing. What it throws is said on stderr, and the status is 1. */
export type CommandFunction = (call: CommandCall) => number | void | Promise<number | void>;

/** Until it is removed. */
export interface GuestCommand {
  /** Its file inside. */
  readonly path: string;
  /** Takes the file away; executions that have begun go on, later ones of copies fail with status 127. */
  remove(): Promise<void>;
}

/** Where a command without a folder goes: the first of PATH that is there to be written. */
const FOLDER = '/usr/local/bin';
const PERMISSIONS = 0o755;

/** @internal */
export class GuestCommands {
  readonly #host: MachineHost;
  readonly #functions = new Map<number, CommandFunction>();
  readonly #runs = new Map<LinuxThread, CommandRun>();
  #lastId = 0;

  constructor(host: MachineHost) {
    this.#host = host;
  }

  /** Throws when its file can't be made. `remove`: takes the function away. */
  add(name: string, work: CommandFunction): { readonly path: string; remove(): void } {
    const path = name.includes('/') ? name : `${FOLDER}/${name}`;
    const id = ++this.#lastId;
    if (id === 1) this.#listen();
    this.#write(path, commandProgram(id));
    this.#functions.set(id, work);
    return { path, remove: () => void this.#functions.delete(id) };
  }

  #listen(): void {
    const { machine } = this.#host;
    machine.ownCalls.set(COMMAND_CALL, (thread) => this.#ask(thread));
    machine.taskEvents.listen({
      threadEnded: (thread) => {
        const run = this.#runs.get(thread);
        this.#runs.delete(thread);
        if (run !== undefined) process.nextTick(() => run.ended());
      },
    });
  }

  #write(path: string, program: Uint8Array): void {
    const { thread } = this.#host.agent;
    if (path.startsWith(`${FOLDER}/`)) makeFolder(thread, FOLDER);
    const opened = openPath(thread, AT_FDCWD, toByteString(path), O_WRONLY | O_CREAT | O_EXCL, PERMISSIONS);
    if (typeof opened === 'number') throw guestError(this.#host.agent.settle(opened), { syscall: 'open', path });
    const written = opened.file.write(program);
    opened.release();
    if (written < 0) throw guestError(linuxResult(written), { syscall: 'write', path });
    changeMode(thread, locate(thread, AT_FDCWD, toByteString(path), Last.NoFollow), PERMISSIONS);
  }

  /** The program inside asks what to do next. It may be any program: nothing is believed but that it is the one that asks. */
  #ask(thread: LinuxThread): number {
    const { state } = thread.cpu;
    let run = this.#runs.get(thread);
    if (run === undefined) {
      const work = this.#functions.get(state.low32(Gpr.rsi));
      if (work === undefined) return -ENOSYS;
      run = new CommandRun(thread);
      this.#runs.set(thread, run);
      void outside(() => perform(run!, work, callOf(thread, run!)));
    } else {
      run.takeResult(state.long(Gpr.rdi));
    }
    const waiting = run;
    return block(thread, { attempt: () => waiting.nextCall(), queues: run.queues(), restart: Restart.Sys });
  }
}

function makeFolder(thread: LinuxThread, folder: string): void {
  let path = '';
  for (const name of folder.split('/').slice(1)) {
    path += `/${name}`;
    const made = mkdirat(thread, AT_FDCWD, path, 0o755);
    if (made < 0 && made !== -EEXIST) throw guestError(made, { syscall: 'mkdir', path });
  }
}

function callOf(thread: LinuxThread, run: CommandRun): CommandCall {
  const { process } = thread;
  const entries = process.environment.map((entry) => {
    const [, name = entry, value = ''] = /^([^=]*)=(.*)$/s.exec(entry) ?? [];
    return [toHostString(name), toHostString(value)] as const;
  });
  return {
    argv: process.argv.map(toHostString),
    env: Object.fromEntries(entries),
    cwd: toHostString(pathOf(process.fs.cwd, process.fs.root) ?? '/'),
    pid: process.pid,
    uid: process.credentials.euid,
    gid: process.credentials.egid,
    stdin: run.stdin,
    stdout: run.stdout,
    stderr: run.stderr,
    signal: run.signal,
  };
}

async function perform(run: CommandRun, work: CommandFunction, call: CommandCall): Promise<void> {
  let status: number;
  try {
    status = (await work(call)) ?? 0;
  } catch (failure) {
    const text = failure instanceof Error ? failure.message : String(failure);
    if (!run.stderr.writableEnded) run.stderr.write(`${call.argv[0]}: ${text}\n`);
    status = 1;
  }
  await run.finish(status);
}
