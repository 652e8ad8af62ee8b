/**
 * The hand of whoever embeds a machine: a thread of init in whose name calls are made from outside. It is in no table and never runs; what
 * would have to wait is given up instead.
 */
import { EAGAIN } from '../abi/errno.ts';
import { BLOCKED, WAIT } from '../blocking.ts';
import type { Machine } from '../machine.ts';
import { LinuxThread } from './thread.ts';

export class Agent {
  /** To be handed to what asks for a caller. */
  readonly thread: LinuxThread;

  constructor(machine: Machine) {
    const { engine, init } = machine;
    this.thread = new LinuxThread(init, init.pid, engine.createCpu(machine.createMemory()), 'init');
    this.thread.dispatcher.end();
  }

  /** A call's result: −EAGAIN where a thread of the guest would wait now. */
  settle(result: number): number {
    if (result !== BLOCKED && result !== WAIT) return result;
    const { wait } = this.thread;
    wait?.leave();
    this.thread.wait = undefined;
    wait?.wait.onAbandon?.();
    return -EAGAIN;
  }

  dispose(): void {
    this.thread.cpu.dispose();
    this.thread.memory.dispose();
  }
}
