/**
 * The terminals of one machine and the devices that lead to them: /dev/tty, /dev/console, /dev/ptmx, /dev/pts/N.
 * Source: Documentation/admin-guide/devices.txt; tty(4), pts(4), console(4).
 */
import { CAP_SYS_ADMIN } from '../abi/capability.ts';
import { capable } from '../process/credentials.ts';
import { EBUSY, EIO, ENXIO } from '../abi/errno.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import type { DeviceOpening, DeviceTable } from '../fs/device-table.ts';
import type { Machine } from '../machine.ts';
import type { LinuxThread } from '../process/thread.ts';
import { sendToGroup, sendToProcess } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import { adoptOnOpen } from './job-control.ts';
import { PtsServer } from './pts-server.ts';
import { PtyTable, SLAVE_MAJOR, type PtyEntry } from './pty-table.ts';
import { TerminalFile } from './terminal-file.ts';
import { Terminal } from './terminal.ts';

const ALTERNATE_MAJOR = 5;
const TTY_MINOR = 0;
const CONSOLE_MINOR = 1;
const PTMX_MINOR = 2;

export class TerminalSystem {
  readonly ptys: PtyTable;
  /** To be mounted on /dev/pts. */
  readonly server: PtsServer;
  /** What /dev/console leads to. */
  console: PtyEntry | undefined;

  constructor(machine: Machine, deviceId: number) {
    this.ptys = new PtyTable({
      signalGroup: (group, signal) => sendToGroup(group, kernelSignal(signal)),
      signalProcess: (process, signal) => void sendToProcess(process, kernelSignal(signal)),
    });
    this.server = new PtsServer(this.ptys, deviceId, () => machine.clock.realtimeNs());
  }

  register(devices: DeviceTable): void {
    devices.register(ALTERNATE_MAJOR, TTY_MINOR, (thread, opening) => this.#openControlling(thread, opening));
    devices.register(ALTERNATE_MAJOR, CONSOLE_MINOR, (thread, opening) => this.#openConsole(thread, opening));
    devices.register(ALTERNATE_MAJOR, PTMX_MINOR, (thread) => this.ptys.createPair(thread.process.credentials.fsuid));
    devices.register(SLAVE_MAJOR, 'any', (thread, opening) => this.#openSlave(thread, opening));
  }

  /** A descriptor's view of a console, for a program that starts on it. */
  openConsole(entry: PtyEntry): TerminalFile {
    return new TerminalFile(entry.terminal, this.server.node(entry.index));
  }

  #openControlling(thread: LinuxThread, opening: DeviceOpening): OpenFile | number {
    const terminal = thread.process.controllingTerminal;
    if (!(terminal instanceof Terminal)) return -ENXIO;
    return this.#open(thread, terminal, opening.node, opening.flags);
  }

  #openConsole(thread: LinuxThread, opening: DeviceOpening): OpenFile | number {
    if (this.console === undefined) return -EIO;
    return this.#open(thread, this.console.terminal, opening.node, opening.flags);
  }

  #openSlave(thread: LinuxThread, opening: DeviceOpening): OpenFile | number {
    const entry = this.ptys.get(opening.minor);
    if (entry === undefined || entry.master?.locked === true || entry.terminal.dead) return -EIO;
    return this.#open(thread, entry.terminal, opening.node, opening.flags);
  }

  #open(thread: LinuxThread, terminal: Terminal, node: FileNode, flags: number): OpenFile | number {
    if (terminal.exclusive && !capable(thread.process.credentials, CAP_SYS_ADMIN)) return -EBUSY;
    adoptOnOpen(thread, terminal, flags);
    return new TerminalFile(terminal, node);
  }
}
