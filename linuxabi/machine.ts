/**
 * A machine: one kernel with the Linux personality on it. It boots with an engine, files and the host's services, and
 * runs programs. Everything a syscall handler needs is reached from here; nothing is global.
 */
import type { Engine } from '../cpu/engine.ts';
import type { GuestMemory } from '../cpu/memory/guest-memory.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { Host } from '../kernel/host.ts';
import type { FrameSource } from '../kernel/memory/frame-source.ts';
import { Timer } from '../kernel/timer.ts';
import { WaitQueue } from '../kernel/wait-queue.ts';
import { declareEvents } from '../kernel/trace/trace.ts';
import { linuxEvents, type LinuxTrace } from './trace-events.ts';
import { toByteString } from '../kernel/byte-string.ts';
import { ProgramLoader } from './exec/program-loader.ts';
import type { FsContext } from './fs/fs-context.ts';
import type { Description } from './fs/description.ts';
import type { HostNetwork } from './net/host/host-network.ts';
import { Network } from './net/network.ts';
import { signalOwner } from './fs/owner-signal.ts';
import type { CallHook } from './process/call-hook.ts';
import type { Limits } from './process/limits.ts';
import type { LinuxProcess } from './process/process.ts';
import type { LinuxThread } from './process/thread.ts';
import { UtsNamespace } from './process/uts-namespace.ts';
import { createInit, killAll } from './process/init.ts';
import { mountHolders, processHolders } from './process/holders.ts';
import { ObjectOrder } from './process/object-order.ts';
import { SwappableServer } from '../rootfs/swap/swappable-server.ts';
import { spawnProgram } from './process/spawn.ts';
import type { SpawnOptions, SpawnResult } from './process/spawn.ts';
import { TaskTable } from './process/task-table.ts';
import { FutexTable } from './futex/futex-table.ts';
import { FrameBuffer } from './signal/frame.ts';
import { KERNEL_RELEASE, KERNEL_VERSION } from './misc/kernel-version.ts';
import { KernelLog } from './misc/kernel-log.ts';
import type { SyscallTracer } from './strace.ts';
import { tracersTogether } from './tracer-group.ts';
import { MachineBounds } from './limits/machine-bounds.ts';
import type { MachineBoundsOptions } from './limits/machine-bounds.ts';
import { OutOfMemory } from './limits/out-of-memory.ts';
import { IpcSystem } from './ipc/ipc-system.ts';
import { LoadAverage } from './adapters/load-average.ts';
import { bindSettings } from './adapters/setting-bindings.ts';
import { MachineSettings } from './adapters/settings.ts';
import { TaskEvents } from './process/task-events.ts';
import { Clock } from './time/clock.ts';

export interface MachineOptions {
  readonly engine: Engine;
  readonly host: Host;
  readonly frames: FrameSource;
  /** Root, working directory and mounts that programs start with. */
  readonly fs: FsContext;
  /** Fills with random bytes. */
  readonly random: (into: Uint8Array) => void;
  /** Real time in milliseconds since the epoch, fractions welcome. */
  readonly realTimeMs: () => number;
  /** A line for the operator: unknown syscalls, unsupported instructions. */
  readonly log: (line: string) => void;
  readonly hostname?: string;
  /** The host's network, as far as programs may reach it; none when absent. */
  readonly hostNetwork?: HostNetwork;
  readonly tracer?: SyscallTracer;
  readonly traceMask?: number;
  /** What it may use of its host. */
  readonly bounds?: MachineBoundsOptions;
  /** Limits of the processes that are started from outside, where nothing else is said. */
  readonly limits?: Limits;
}

export class Machine {
  readonly kernel: Kernel;
  readonly trace: LinuxTrace;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly loader: ProgramLoader;
  readonly tasks = new TaskTable();
  readonly futexes = new FutexTable();
  readonly order = new ObjectOrder();
  readonly signalFrame: FrameBuffer;
  /** What programs can read of `log`, and who waits for more. */
  readonly kernelLog = new KernelLog();
  readonly kernelLogGrown = new WaitQueue();
  readonly network: Network;
  /** Who wants to know of tasks that begin and end. */
  readonly taskEvents = new TaskEvents();
  /** The tunables under /proc/sys. */
  readonly settings = new MachineSettings();
  readonly loads: LoadAverage;
  /** System V shared memory, semaphores and message queues. */
  readonly ipc: IpcSystem;
  /** The process on whose behalf something happens now: whose slice runs, or who is ending. */
  actor: LinuxProcess | undefined;
  readonly random: (into: Uint8Array) => void;
  readonly init: LinuxProcess;
  /** What new programs inherit: root, mounts, working directory. */
  readonly fs: FsContext;
  /** Who watches system calls; more can join while programs run: see addTracer. */
  tracer: SyscallTracer | undefined;
  readonly bounds: MachineBounds;
  /** The first UTS namespace. */
  readonly uts: UtsNamespace;
  /** Decides about system calls: see process/call-hook.ts. */
  callHook: CallHook | undefined;
  /** System calls that whoever embeds the machine has added, by numbers that Linux does not have; they answer as a definition's `invoke`. */
  readonly ownCalls = new Map<number, (thread: LinuxThread) => number>();
  readonly #log: (line: string) => void;
  readonly #logged = new Set<string>();
  readonly #tracers = new Set<SyscallTracer>();
  readonly #exitListeners = new Map<LinuxProcess, (status: number) => void>();

  constructor(options: MachineOptions) {
    this.bounds = new MachineBounds(options.bounds ?? {}, {
      tasks: () => this.tasks.threads.size,
      openFiles: () => this.fs.system.openFiles(this.kernel.factories),
    });
    this.kernel = new Kernel({
      host: options.host,
      frames: options.frames,
      budget: this.bounds.memory,
      share: this.bounds.processor,
      traceMask: options.traceMask ?? 0,
    });
    this.trace = declareEvents(this.kernel.trace.control, linuxEvents);
    this.loader = new ProgramLoader(this.kernel.memory);
    this.engine = options.engine;
    this.signalFrame = new FrameBuffer(options.engine.processor);
    this.engine.onTranslated = this.kernel.trace.codeTranslated;
    this.clock = new Clock(() => options.host.nowNs(), options.realTimeMs());
    const services = {
      budget: this.bounds.memory,
      realtimeNs: () => this.clock.realtimeNs(),
      nowNs: () => this.nowNs(),
      at: (deadlineNs: number, callback: () => void) => this.at(deadlineNs, callback),
      signalOwner: (description: Description, signal: number) => signalOwner(this.tasks, description, signal),
      setting: (name: string, index?: number) => this.settings.number(name, index),
    };
    this.network = new Network(services, options.hostNetwork);
    this.random = options.random;
    this.fs = options.fs;
    if (options.tracer !== undefined) this.addTracer(options.tracer);
    this.uts = new UtsNamespace(toByteString(options.hostname ?? 'k42'));
    this.#log = options.log;
    this.kernelLog.append(`Linux version ${KERNEL_RELEASE} ${KERNEL_VERSION}`, 0);
    this.loads = new LoadAverage(this.clock.bootNs);
    bindSettings(this);
    this.ipc = new IpcSystem(this);
    this.init = createInit(this, options.limits);
    const outOfMemory = new OutOfMemory(this);
    this.kernel.memory.makeRoom = (space) => outOfMemory.makeRoom(space);
    this.fs.system.chargeTo(this.bounds.memory, this.bounds.kernelMemory);
    this.kernel.census.addHolders(() => [...processHolders(this.tasks), ...mountHolders(this.fs.system.superBlocks)]);
    for (const { server } of [...this.fs.system.superBlocks])
      if (server instanceof SwappableServer) server.join(this.kernel.factories);
  }

  get memoryBytes(): number {
    return this.bounds.memoryBytes;
  }

  /** The memory of a new address space. */
  createMemory(): GuestMemory {
    return this.engine.createMemory(this.bounds.memory);
  }

  /** Starts a program as a child of init. A negative `error` says why it could not be started. */
  spawn(options: SpawnOptions): SpawnResult {
    return spawnProgram(this, options);
  }

  /** Runs until stop() (or a broken invariant, which rejects). */
  run(): Promise<void> {
    return this.kernel.loop.run();
  }

  /** Kills what still runs and ends the main loop. */
  stop(): void {
    killAll(this);
    this.kernel.loop.stop();
    for (const { server } of this.fs.system.superBlocks) server.dispose?.();
  }

  /** Called once with the wait status when the process has ended. */
  onExit(process: LinuxProcess, listener: (status: number) => void): void {
    this.#exitListeners.set(process, listener);
  }

  processEnded(process: LinuxProcess, status: number): void {
    const listener = this.#exitListeners.get(process);
    this.#exitListeners.delete(process);
    listener?.(status);
  }

  /** From now on, for programs that run already too. */
  hookCalls(hook: CallHook | undefined): void {
    this.callHook = hook;
    for (const thread of this.tasks.threads.values()) thread.watchCalls();
  }

  /** Tells it of calls from now on, until what is answered is called. It hears the end of calls whose beginning it has not heard. */
  addTracer(tracer: SyscallTracer): () => void {
    this.#tracers.add(tracer);
    this.tracer = tracersTogether([...this.#tracers]);
    return () => {
      this.#tracers.delete(tracer);
      this.tracer = tracersTogether([...this.#tracers]);
    };
  }

  nowNs(): number {
    return this.clock.monotonicNs();
  }

  /** Calls back at a monotonic time; the answer cancels. */
  at(deadlineNs: number, callback: () => void): () => void {
    const { timers } = this.kernel;
    const timer = new Timer(callback);
    timers.arm(timer, deadlineNs);
    return () => timers.cancel(timer);
  }

  log(line: string): void {
    this.kernelLog.append(line, this.nowNs() - this.clock.bootNs);
    this.kernelLogGrown.wake();
    this.#log(line);
  }

  /** For what would otherwise repeat: one line per subject. */
  logOnce(line: string, subject: string = line): void {
    if (this.#logged.has(subject)) return;
    this.#logged.add(subject);
    this.log(line);
  }
}
