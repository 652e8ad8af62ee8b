/** How long a machine may run: then every program is asked to end, and a while later made to. Source: timeout(1), -k. */
import { SIGKILL, SIGTERM } from '../abi/signal.ts';
import type { Machine } from '../machine.ts';
import { sendToProcess } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';

export class WallTime {
  #over = false;
  #cancel: () => void;
  /** Told when the time is up, after the programs. */
  onOver: () => void = () => undefined;

  constructor(machine: Machine, timeNs: number, graceNs: number) {
    const after = (ns: number, signal: number, next: () => void): (() => void) =>
      machine.at(machine.nowNs() + ns, () => {
        signalAll(machine, signal);
        next();
      });
    this.#cancel = after(timeNs, SIGTERM, () => {
      this.#over = true;
      // Programs that start later than this end too.
      const kill = (): void => void (this.#cancel = after(graceNs, SIGKILL, kill));
      kill();
      this.onOver();
    });
  }

  /** Whether the time was up before it was cancelled. */
  get isOver(): boolean {
    return this.#over;
  }

  cancel(): void {
    this.#cancel();
  }
}

function signalAll(machine: Machine, signal: number): void {
  for (const process of machine.tasks.processes.values()) {
    if (process !== machine.init) sendToProcess(process, kernelSignal(signal));
  }
}
