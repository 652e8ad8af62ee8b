/**
 * A machine in a Node process, for people who embed k42:
 *
 *     await using machine = await Machine.create();
 *     const { stdout } = await machine.exec(['uname', '-m']);
 *
 * Each machine has a kernel, files, processes and an engine of its own; several live side by side and share nothing.
 */
import { inspect, swap, tasks } from '../control/methods.ts';
import type { Inspection, SwapOutcome, TaskTable } from '../control/protocol.ts';
import { createHost } from './create-host.ts';
import { argumentError } from './guest-error.ts';
import { exec, type Command, type ExecOptions, type ExecResult } from './exec.ts';
import { makeDevice, type DeviceHandlers, type GuestDevice } from './guest-device.ts';
import { GuestCommands, type CommandFunction, type GuestCommand } from './guest-commands.ts';
import { GuestFiles } from './guest-files.ts';
import type { GuestProcess } from './guest-process.ts';
import { injectorOf, parseInjection } from './injection.ts';
import { callsOf, Interceptions, type Interception } from './interceptions.ts';
import type { MachineHost } from './machine-host.ts';
import { makeFile, type GuestFileName } from './made-file.ts';
import type { FileHandlers } from './made-file-opening.ts';
import type { MachineOptions } from './machine-options.ts';
import { spawn } from './spawn.ts';
import type { SpawnOptions } from './spawn-options.ts';
import { hookOf, type Decide } from './verdict.ts';
import { TraceHub, type TraceClassName, type TraceRecord, type TraceSubscription } from './trace-subscription.ts';

export class Machine {
  /** The files of the guest. */
  readonly fs: GuestFiles;
  readonly #host: MachineHost;
  readonly #interceptions: Interceptions;
  readonly #traces: TraceHub;
  readonly #commands: GuestCommands;

  private constructor(host: MachineHost) {
    this.#host = host;
    this.fs = new GuestFiles(host);
    this.#interceptions = new Interceptions(host.machine);
    this.#traces = new TraceHub(host.machine);
    this.#commands = new GuestCommands(host);
  }

  /** Rejects when an option makes no sense, the root can't be read, or a port is taken. */
  static async create(options: MachineOptions = {}): Promise<Machine> {
    return new Machine(await createHost(options));
  }

  /**
   * Starts a program: a path, or a name looked for in PATH. That it could not be started is told by 'error' and `exited`, with the code
   * of the guest's execve (ENOENT, EACCES, ENOEXEC, …). Throws when the machine is closed or an option makes no sense.
   */
  spawn(program: string, args: readonly string[] = [], options: SpawnOptions = {}): GuestProcess {
    return spawn(this.#host, program, args, options);
  }

  /** Runs a program to its end; see ExecOptions. A string is a line for the guest's /bin/sh. */
  exec(command: Command, options?: ExecOptions & { readonly encoding?: BufferEncoding }): Promise<ExecResult>;
  exec(command: Command, options: ExecOptions & { readonly encoding: 'buffer' }): Promise<ExecResult<Buffer>>;
  exec(command: Command, options?: ExecOptions): Promise<ExecResult<string | Buffer>> {
    return exec(this.#host, command, options);
  }

  /**
   * Asks `decide` about system calls before they are carried out, of programs that run already too. `filter` is in the words of strace: names
   * and %classes, `all`, `!` before it for the rest. It runs inside the kernel; what it answers, or promises, is the call's fate; several
   * are asked in turn until one has a say. Throws when there is no such call.
   *
   *     machine.on('syscall', '%file', ({ args }) => (args[0] === '/etc/shadow' ? { errno: 'EACCES' } : undefined));
   */
  on(event: 'syscall', filter: string | readonly string[], decide: Decide): Interception {
    if (event !== 'syscall') throw argumentError(`a machine has no event '${String(event)}'; there is 'syscall'`);
    return this.#interceptions.add(callsOf(filter), hookOf(decide));
  }

  /** Faults in the words of strace(1), `-e inject=`: `write:error=ENOSPC:when=3+`. Throws when the expression is none. */
  inject(expression: string): Interception {
    const injection = parseInjection(expression);
    return this.#interceptions.add(callsOf(injection.set), injectorOf(injection));
  }

  /**
   * A character device at an absolute path of the guest, with JavaScript at the other side. Throws when the path is taken (EEXIST) or its
   * folder is not there (ENOENT).
   */
  device(path: string, handlers: DeviceHandlers): GuestDevice {
    this.#host.assertOpen();
    makeDevice(this.#host, path, handlers);
    return { remove: () => this.fs.unlink(path) };
  }

  /**
   * A regular file at an absolute path of the guest whose content JavaScript makes whenever it is opened; what was there is covered. A function
   * alone is what reading it gives.
   */
  file(path: string, handlers: FileHandlers | NonNullable<FileHandlers['read']>): GuestFileName {
    this.#host.assertOpen();
    return makeFile(this.#host, path, typeof handlers === 'function' ? { read: handlers } : handlers);
  }

  /**
   * A command of the guest whose work is done by JavaScript: a file that any program and shell inside may execute. `name` is an absolute path, or
   * the name of a file in /usr/local/bin. Throws when that is taken (EEXIST) or can't be made.
   *
   *     machine.command('shout', async ({ stdin, stdout }) => { for await (const text of stdin) stdout.write(String(text).toUpperCase()); });
   */
  command(name: string, work: CommandFunction): GuestCommand {
    this.#host.assertOpen();
    const { path, remove } = this.#commands.add(name, work);
    return {
      path,
      remove: async () => {
        remove();
        await this.fs.unlink(path);
      },
    };
  }

  /**
   * Tells `listener` of what the kernel does, outside of its turns and in order, as long as the subscription lasts. A record costs some
   * hundred nanoseconds. Throws on a class that there is not.
   */
  trace(classes: readonly TraceClassName[], listener: (record: TraceRecord) => void): TraceSubscription {
    return this.#traces.subscribe(classes, listener);
  }

  /** The objects that live in the kernel, who holds them, and their types. */
  inspect(): Inspection {
    this.#host.assertOpen();
    return inspect(this.#host.machine);
  }

  /** The threads that live, as `k42 top` shows them. */
  tasks(): TaskTable {
    this.#host.assertOpen();
    return tasks(this.#host.machine);
  }

  /** Puts another implementation in an object's place (`inspect` names the choices) while programs use it; resolves when it is over. */
  swap(object: number, implementation: string): Promise<SwapOutcome> {
    this.#host.assertOpen();
    return swap(this.#host.machine, object, implementation);
  }

  /** Kills what still runs and frees everything; closing twice is once. */
  close(): Promise<void> {
    return this.#host.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
