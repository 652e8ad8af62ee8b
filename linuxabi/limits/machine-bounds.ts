/**
 * What one machine may use of its host in all, whoever runs in it and whatever its programs say. Processes have limits of their own besides
 * (process/limits.ts). Programs see these as the limits of a control group: /sys/fs/cgroup (procfs/sysfs/cgroup.ts).
 */
import { PageBudget } from '../../cpu/memory/page-budget.ts';
import { PAGE_SIZE } from '../../cpu/address.ts';
import { ProcessorShare } from '../../kernel/processor-share.ts';
import { CountLimit } from './count-limit.ts';
import { KernelMemory } from './kernel-memory.ts';
import { UserAccount } from './user-account.ts';

/** What one takes of the host. */
const SIGNAL_BYTES = 256;
const EPOLL_ENTRY_BYTES = 512;

export interface MachineBoundsOptions {
  /** Pages of programs, shared memory and trees in memory; also what the machine says it has. */
  readonly memoryBytes?: number;
  /** Processes and threads. */
  readonly tasks?: number;
  /** Open descriptions. */
  readonly openFiles?: number;
  /** Part of one processor of the host, more than 0; 1 and more: no limit. */
  readonly processors?: number;
}

const DEFAULT_MEMORY_BYTES = 4 * 2 ** 30;
/** A process costs its host most of a megabyte (test/e2e/limits.test.ts measures it). */
const DEFAULT_TASKS = 4096;
/** One for each so many bytes of memory, but never fewer than NR_FILE. Source: fs/file_table.c, files_maxfiles_init. */
const BYTES_PER_FILE = 10 * 1024;
const NR_FILE = 8192;

/** What is counted by others. */
export interface MachineCounts {
  tasks(): number;
  openFiles(): number;
}

export class MachineBounds {
  readonly memoryBytes: number;
  readonly memory: PageBudget;
  readonly kernelMemory: KernelMemory;
  readonly tasks: CountLimit;
  readonly openFiles: CountLimit;
  /**
   * Signals that wait to be taken with what they tell, and timers that will send some, by the user of the process they are for. Source:
   * setrlimit(2), RLIMIT_SIGPENDING; kernel/signal.c, __sigqueue_alloc.
   */
  readonly signalAccount: UserAccount;
  /** What each user's epolls watch. */
  readonly epollAccount: UserAccount;
  readonly processor: ProcessorShare;
  /** Processes that ended because memory did. */
  oomKills = 0;

  constructor(options: MachineBoundsOptions, counts: MachineCounts) {
    this.memoryBytes = options.memoryBytes ?? DEFAULT_MEMORY_BYTES;
    this.memory = new PageBudget(Math.floor(this.memoryBytes / PAGE_SIZE));
    this.kernelMemory = new KernelMemory(this.memory);
    this.signalAccount = new UserAccount(this.kernelMemory, SIGNAL_BYTES);
    this.epollAccount = new UserAccount(this.kernelMemory, EPOLL_ENTRY_BYTES);
    this.tasks = new CountLimit(options.tasks ?? DEFAULT_TASKS, counts.tasks);
    const { processors = Infinity } = options;
    this.processor = new ProcessorShare(processors < 1 ? processors : Infinity);
    const openFiles = options.openFiles ?? Math.max(NR_FILE, Math.floor(this.memoryBytes / BYTES_PER_FILE));
    this.openFiles = new CountLimit(openFiles, counts.openFiles);
  }
}
