/**
 * One kernel: everything that lives while a machine runs hangs off this object; nothing is global. A process may run
 * several kernels side by side.
 */
import { Census } from './census.ts';
import { FactoryRegistry } from './factory.ts';
import type { Host } from './host.ts';
import { MainLoop } from './main-loop.ts';
import { PageBudget } from '../cpu/memory/page-budget.ts';
import type { FrameSource } from './memory/frame-source.ts';
import { MemorySystem } from './memory/memory-system.ts';
import { ProcessorShare } from './processor-share.ts';
import { Replacement } from './replacement.ts';
import { Scheduler } from './scheduler.ts';
import { SchedulingPolicies } from './scheduling-policies.ts';
import { StreamFactories } from './streams/stream-factories.ts';
import { TimerQueue } from './timer.ts';
import { createTrace } from './trace/trace.ts';
import type { Trace } from './trace/trace.ts';

export interface KernelOptions {
  readonly host: Host;
  readonly frames: FrameSource;
  /** What it may use of the host's processor. */
  readonly share?: ProcessorShare;
  /** What its pages may take together; no limit when absent. */
  readonly budget?: PageBudget;
  readonly traceWords?: number;
  readonly traceMask?: number;
}

/** Half a megabyte of trace. */
const TRACE_WORDS = 65_536;

export class Kernel {
  readonly host: Host;
  readonly trace: Trace;
  readonly factories: FactoryRegistry;
  /** Who is alive. */
  readonly census: Census;
  /** Swaps and upgrades. */
  readonly replacement: Replacement;
  readonly timers = new TimerQueue();
  readonly scheduler: Scheduler;
  readonly share: ProcessorShare;
  readonly loop: MainLoop;
  readonly memory: MemorySystem;
  readonly streams: StreamFactories;

  constructor(options: KernelOptions) {
    const { host } = options;
    this.host = host;
    this.trace = createTrace({
      sizeWords: options.traceWords ?? TRACE_WORDS,
      nowNs: () => host.nowNs(),
      mask: options.traceMask ?? 0,
    });
    this.factories = new FactoryRegistry(this.trace);
    this.census = new Census(this.factories);
    const swapContext = { factories: this.factories, timers: this.timers, nowNs: () => host.nowNs() };
    this.replacement = new Replacement(swapContext, this.census);
    this.scheduler = new Scheduler(this.trace, {
      policy: new SchedulingPolicies(this.factories).create(),
      nowNs: () => host.nowNs(),
      activities: this.factories.table.activities,
    });
    this.share = options.share ?? new ProcessorShare();
    this.loop = new MainLoop(host, this.timers, this.scheduler, this.share);
    const { frames, budget = new PageBudget() } = options;
    this.streams = new StreamFactories(this.factories, budget);
    this.memory = new MemorySystem(this.factories, this.trace, { frames, budget });
    this.memory.isSliceOver = () => this.scheduler.isSliceOver();
  }

  nowNs(): number {
    return this.host.nowNs();
  }
}
