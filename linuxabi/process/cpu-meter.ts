/**
 * Tells a thread's time in user mode from its time in the kernel. Reading the host's clock costs as much as a short system call, so between two
 * readings the instructions executed stand for user time, at the pace last measured; what is left was the kernel's. The sum is exact.
 */
import type { Usage } from './usage.ts';

/** The clock is read when this much has been done: instructions, and CALL_WEIGHT for each trap. */
const READ_AFTER = 20_000;
const CALL_WEIGHT = 2_000;
/** So many instructions without a trap tell the pace. */
const MEASURED_OVER = 10_000;

export class CpuMeter {
  readonly #usage: Usage;
  #running = false;
  #markNs = 0;
  #instructions = 0;
  #traps = 0;
  #nsPerInstruction = 1;

  constructor(usage: Usage) {
    this.#usage = usage;
  }

  /** A slice begins; until something runs, its time is the kernel's. */
  start(nowNs: number): void {
    this.#running = true;
    this.#begin(nowNs, 1);
  }

  stop(nowNs: number): void {
    this.charge(nowNs);
    this.#running = false;
  }

  get isRunning(): boolean {
    return this.#running;
  }

  /** Instructions were executed since the last trap. */
  ran(instructions: number): void {
    this.#instructions += instructions;
  }

  /** The kernel is about to answer a trap. */
  trapped(): void {
    this.#traps++;
  }

  get isDue(): boolean {
    return this.#instructions + this.#traps * CALL_WEIGHT >= READ_AFTER;
  }

  /** Accounts for the time until now; harmless when the thread is not running. */
  charge(nowNs: number): void {
    if (!this.#running) return;
    const elapsed = nowNs - this.#markNs;
    if (this.#traps === 0) {
      this.#usage.userNs += elapsed;
      if (this.#instructions >= MEASURED_OVER) this.#nsPerInstruction = elapsed / this.#instructions;
    } else {
      const userNs = Math.min(elapsed, this.#instructions * this.#nsPerInstruction);
      this.#usage.userNs += userNs;
      this.#usage.systemNs += elapsed - userNs;
    }
    this.#begin(nowNs, 0);
  }

  #begin(nowNs: number, traps: number): void {
    this.#markNs = nowNs;
    this.#instructions = 0;
    this.#traps = traps;
  }
}
