/** /proc and /sys of a machine: the adapters, their capabilities and their sandboxes, as trees to be mounted. */
import type { ProcCapabilities } from '../../procfs/capabilities.ts';
import type { DirectoryEntry } from '../../procfs/entry.ts';
import { createProcRoot, defaultProcOptions } from '../../procfs/root.ts';
import type { ProcOptions } from '../../procfs/root.ts';
import { createSysRoot } from '../../procfs/sysfs/root.ts';
import type { Machine } from '../machine.ts';
import { KERNEL_RELEASE, KERNEL_VERSION } from '../misc/kernel-version.ts';
import { AdapterId } from './adapter-id.ts';
import { MachineNetCensus } from './net-census.ts';
import { ProcCensus } from './proc-census.ts';
import { ProcPlaces } from './proc-places.ts';
import { ProcServer } from './proc-server.ts';
import { CallMeter, Sandbox } from './sandbox.ts';
import { MachineTaskAccess } from './task-access.ts';

export interface KernelTreeOptions {
  readonly machine: Machine;
  readonly deviceId: number;
  /** The root's table; tests hand in broken ones. */
  readonly makeRoot?: () => DirectoryEntry;
  readonly shown?: ProcOptions;
}

/** Until the machine has a network: a loopback interface that nobody uses. */
function createTree(
  type: 'proc' | 'sysfs',
  id: number,
  makeRoot: () => DirectoryEntry,
  options: KernelTreeOptions,
): ProcServer {
  const { machine, deviceId } = options;
  const meter = new CallMeter();
  const bag: ProcCapabilities = {
    census: new ProcCensus(machine, meter, new MachineNetCensus(() => machine.network), machine.ipc.census()),
    tasks: new MachineTaskAccess(machine),
    settings: machine.settings,
    meter,
    release: KERNEL_RELEASE,
    version: KERNEL_VERSION,
    random: (length) => {
      meter.charge(length);
      const bytes = new Uint8Array(length);
      machine.random(bytes);
      return bytes;
    },
  };
  const sandbox = new Sandbox({
    name: type,
    id,
    meter,
    make: options.makeRoot ?? makeRoot,
    trace: machine.trace,
    log: (line) => machine.log(line),
  });
  return new ProcServer({
    type,
    deviceId,
    machine,
    sandbox,
    bag,
    places: new ProcPlaces(machine),
    shown: options.shown,
  });
}

export function createProc(options: KernelTreeOptions): ProcServer {
  const { shown = defaultProcOptions() } = options;
  return createTree('proc', AdapterId.proc, () => createProcRoot(shown), { ...options, shown });
}

export function createSys(options: KernelTreeOptions): ProcServer {
  return createTree('sysfs', AdapterId.sys, createSysRoot, options);
}
