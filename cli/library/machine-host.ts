/** What the parts of the library share: the machine of the personality, its terminals, who is running in it. */
import type { Machine as LinuxMachine } from '../../linuxabi/machine.ts';
import { Agent } from '../../linuxabi/process/agent.ts';
import type { TerminalSystem } from '../../linuxabi/tty/terminal-system.ts';
import type { GuestUser } from '../guest-user.ts';
import type { NodeNetwork } from '../net/node-network.ts';
import type { MachineLimits } from './machine-limits.ts';
import { argumentError } from './guest-error.ts';
import { KeepAlive } from './keep-alive.ts';

/** What programs start with when nothing else is said. */
export interface ProgramDefaults {
  readonly environment: Readonly<Record<string, string>>;
  readonly user: GuestUser;
  readonly cwd: string;
  readonly limits: MachineLimits | undefined;
}

/** Somebody who waits for something of the machine and must hear of its failure. */
export interface Dependent {
  machineFailed(failure: Error): void;
}

export interface MachineHostParts {
  readonly machine: LinuxMachine;
  readonly terminals: TerminalSystem;
  readonly defaults: ProgramDefaults;
  readonly network: NodeNetwork | undefined;
}

export class MachineHost {
  readonly machine: LinuxMachine;
  readonly terminals: TerminalSystem;
  readonly defaults: ProgramDefaults;
  readonly alive = new KeepAlive();
  readonly dependents = new Set<Dependent>();
  closed = false;
  readonly #network: NodeNetwork | undefined;
  #agent: Agent | undefined;
  #lastMinor = -1;

  constructor({ machine, terminals, defaults, network }: MachineHostParts) {
    this.machine = machine;
    this.terminals = terminals;
    this.defaults = defaults;
    this.#network = network;
    machine.run().catch((failure: unknown) => this.#fail(failure));
  }

  /** In whose name the library itself acts inside: root, as process 1. */
  get agent(): Agent {
    this.assertOpen();
    this.#agent ??= new Agent(this.machine);
    return this.#agent;
  }

  /** For a device of the library's owner. */
  nextDeviceMinor(): number {
    return ++this.#lastMinor;
  }

  /** An invariant of the kernel broke: nothing goes on. */
  #fail(failure: unknown): void {
    const error = failure instanceof Error ? failure : new Error(String(failure));
    for (const dependent of this.dependents) dependent.machineFailed(error);
  }

  /** Ends every program and gives back what the machine holds. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.machine.stop();
    this.#agent?.dispose();
    await this.#network?.close();
  }

  /** Throws when the machine has been closed. */
  assertOpen(): void {
    if (this.closed) throw argumentError('the machine is closed', 'ERR_MACHINE_CLOSED');
  }
}
