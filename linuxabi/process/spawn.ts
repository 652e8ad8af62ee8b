/** Starts a program from outside the machine: a child of init in a session of its own. */
import type { ByteString } from '../../kernel/byte-string.ts';
import { AT_FDCWD } from '../abi/fcntl.ts';
import { BLOCKED, NO_RESULT, Restart, WAIT, block } from '../blocking.ts';
import type { Description } from '../fs/description.ts';
import { FdTable, OnExec } from '../fs/fd-table.ts';
import { Last } from '../fs/path-walk.ts';
import { locate } from '../fs/walker.ts';
import type { Machine } from '../machine.ts';
import { SignalActions } from '../signal/actions.ts';
import { credentialsOf } from './credentials.ts';
import { execute } from './exec.ts';
import { exitGroup } from './exit.ts';
import { Limits } from './limits.ts';
import { MemoryImage } from './memory-image.ts';
import { LinuxProcess } from './process.ts';
import { LinuxThread } from './thread.ts';
import type { Session } from './session.ts';

export interface SpawnOptions {
  readonly path: ByteString;
  readonly argv: readonly ByteString[];
  readonly environment: readonly ByteString[];
  readonly cwd?: ByteString;
  readonly uid?: number;
  readonly gid?: number;
  readonly groups?: readonly number[];
  readonly limits?: Limits;
  /** Descriptors 0, 1, 2, …: the process takes over these holds. */
  readonly files: readonly (Description | undefined)[];
  /** Called when the program is loaded, before its first instruction. */
  readonly onLoaded?: (thread: LinuxThread) => void;
  /** Gives the new session its controlling terminal. */
  readonly onSession?: (session: Session) => void;
}

export interface SpawnResult {
  readonly pid: number;
  /** 0 once the program runs, −errno when it can't be started; 0 too when it is killed before either, or the machine stops: `exited` tells. */
  readonly started: Promise<number>;
  /** Its wait status, as wait4 stores it. Settles after `started`. */
  readonly exited: Promise<number>;
}

/** What a program that could not be started leaves as its wait status; nobody but the caller of spawn sees it. */
const NOT_STARTED = 127 << 8;

export function spawnProgram(machine: Machine, options: SpawnOptions): SpawnResult {
  const process = createProcess(machine, options);
  options.onSession?.(process.session);
  const thread = createThread(process);
  const exited = new Promise<number>((resolve) => machine.onExit(process, resolve));
  const started = new Promise<number>((resolve) => {
    start(thread, options, resolve);
    // What waits in its execve ends with its process, without an answer.
    void exited.then(() => resolve(0));
  });
  // Otherwise it waits in its execve, or could not be started.
  if (thread.wait === undefined && !thread.ended) thread.dispatcher.start();
  return { pid: process.pid, started, exited };
}

function createProcess(machine: Machine, options: SpawnOptions): LinuxProcess {
  const { tasks, kernel } = machine;
  const files = new FdTable(machine.fs.system.locks);
  options.files.forEach((description, fd) => {
    if (description !== undefined) files.set(fd, description, OnExec.Keep);
  });
  const process = new LinuxProcess(machine, tasks.allocate()!, (self) => tasks.createSession(self), {
    // Empty, until the program is loaded.
    image: new MemoryImage(machine, kernel.memory.createSpace(machine.createMemory())),
    files,
    fs: machine.fs.fork(),
    uts: machine.uts,
    actions: new SignalActions(),
    credentials: credentialsOf(options.uid ?? 0, options.gid ?? 0, options.groups),
    limits: options.limits ?? new Limits(machine.init.limits),
  });
  process.parent = machine.init;
  machine.init.children.add(process);
  tasks.processes.set(process.pid, process);
  return process;
}

function createThread(process: LinuxProcess): LinuxThread {
  const { machine, pid } = process;
  const cpu = machine.engine.createCpu(process.addressSpace.memory);
  const thread = new LinuxThread(process, pid, cpu, 'k42-spawn');
  process.threads.set(pid, thread);
  machine.tasks.threads.set(pid, thread);
  return thread;
}

/** The new thread begins parked in its execve, which may have to wait for the file's headers. */
function start(thread: LinuxThread, options: SpawnOptions, resolve: (result: number) => void): void {
  const { process, machine } = thread;
  const finish = (result: number): number => {
    if (result === NO_RESULT) {
      machine.tracer?.programStarted?.(thread, options);
      options.onLoaded?.(thread);
    }
    resolve(result === NO_RESULT ? 0 : result);
    if (result !== NO_RESULT) exitGroup(process, NOT_STARTED);
    return NO_RESULT;
  };
  if (options.cwd !== undefined) {
    const cwd = locate(thread, AT_FDCWD, options.cwd, Last.Follow);
    if (typeof cwd === 'number') {
      finish(cwd);
      return;
    }
    process.fs.cwd = cwd;
  }
  const result = execute(thread, {
    dirfd: AT_FDCWD,
    path: options.path,
    argv: options.argv,
    envp: options.environment,
    last: Last.Follow,
  });
  if (result !== BLOCKED) {
    finish(result);
    return;
  }
  const { wait } = thread.wait!;
  thread.wait!.leave();
  block(thread, {
    ...wait,
    attempt: () => {
      const later = wait.attempt();
      return later === WAIT ? WAIT : finish(later);
    },
    restart: Restart.Killable,
  });
}
