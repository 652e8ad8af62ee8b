/** A machine with all that belongs to every one of them: files, terminals, devices, /proc and /sys, on any host. */
import { FrameStore } from '../cpu/memory/frame-store.ts';
import { FsContext } from '../linuxabi/fs/fs-context.ts';
import type { Host } from '../kernel/host.ts';
import type { FileSystem } from '../linuxabi/fs/file-system.ts';
import { registerStandardDevices } from '../linuxabi/fs/standard-devices.ts';
import { Machine, type MachineOptions } from '../linuxabi/machine.ts';
import { TerminalSystem } from '../linuxabi/tty/terminal-system.ts';
import { DeviceId, mountKernelTrees, mountTree } from './session-files.ts';

/** What machines differ in. */
export type MachineParts = Omit<MachineOptions, 'host' | 'frames' | 'fs' | 'realTimeMs'>;

export interface AssembledMachine {
  readonly machine: Machine;
  readonly terminals: TerminalSystem;
}

export function assembleOnHost(host: Host, system: FileSystem, parts: MachineParts): AssembledMachine {
  const machine = new Machine({
    ...parts,
    host,
    frames: new FrameStore(),
    fs: new FsContext(system),
    realTimeMs: () => performance.timeOrigin + performance.now(),
  });
  const terminals = new TerminalSystem(machine, DeviceId.pts);
  terminals.register(system.devices);
  mountKernelTrees(machine);
  mountTree(system, '/dev/pts', terminals.server, 'devpts');
  registerStandardDevices(system.devices, machine.random);
  return { machine, terminals };
}
