/**
 * The CPU seen from the kernel: an Engine makes guest memories (one per address space) and Cpus (one per guest
 * thread). `run` executes until something needs the kernel and says what; nothing ever waits inside. Engines: `native`
 * (interpreter + translator to WebAssembly), `unicorn`, and `both` in lock-step.
 */
import type { GuestMemory } from './memory/guest-memory.ts';
import type { PageBudget } from './memory/page-budget.ts';
import type { Processor } from './processor.ts';
import type { CpuState } from './state.ts';

/** Why `run` returned. State is precise: for faults RIP is the faulting instruction and nothing of it has happened. */
export const Trap = {
  /** Fuel used up at an instruction boundary. */
  Preempted: 0,
  /** SYSCALL executed: RIP is past it, RCX = RIP, R11 = RFLAGS (SDM vol. 2, SYSCALL). */
  Syscall: 1,
  /** A memory access was refused: see trapAddress, trapAccess, trapReason. */
  PageFault: 2,
  /** #UD: undefined or unsupported instruction. */
  InvalidOpcode: 3,
  /** #DE. */
  DivideError: 4,
  /** #BP: INT3 executed, RIP is past it. */
  Breakpoint: 5,
  /** #DB: INT1, or the single step after TF was set. */
  Debug: 6,
  /** #GP: non-canonical address, privileged instruction, misaligned SSE operand, HLT. */
  GeneralProtection: 7,
  /** #MF, #XM: unmasked floating-point exception. */
  FloatingPoint: 8,
  /** #AC. */
  AlignmentCheck: 9,
  /** INT n or an I/O instruction; Linux answers SIGSEGV. trapAddress = vector. */
  SoftwareInterrupt: 10,
  /** RIP has come to one of `memory.breakpoints`, and RFLAGS.RF was clear. Engine `unicorn` does not look at them. */
  BreakpointReached: 11,
  /** #SS: non-canonical address in the stack segment. */
  StackFault: 12,
} as const;
export type Trap = (typeof Trap)[keyof typeof Trap];

/** Not yet a trap: access to a non-canonical address, #SS or #GP by the instruction (evaluate/stack-fault.ts). Never leaves an engine. */
export const NOT_CANONICAL = 13;

export interface Engine {
  readonly name: string;
  /** Told of code that has been translated: its guest address, instructions in it, bytes made of it. */
  onTranslated?: (address: number, instructions: number, bytes: number) => void;
  /** What its guests run on. */
  readonly processor: Processor;
  /** Its pages count in the budget; without one there is no limit. */
  createMemory(budget?: PageBudget): GuestMemory;
  /** A Cpu with reset state (FCW 0x37f, MXCSR 0x1f80, RFLAGS 0x202, everything else zero). */
  createCpu(memory: GuestMemory): Cpu;
}

export interface Cpu {
  readonly memory: GuestMemory;
  readonly state: CpuState;
  /** Runs at most about `fuel` instructions (it may overrun by one straight-line stretch). */
  run(fuel: number): Trap;
  /** Releases the state block; the Cpu must not be used again. */
  dispose(): void;
}
