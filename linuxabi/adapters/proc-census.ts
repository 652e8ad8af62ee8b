/** The read-only census that /proc is handed: snapshots of the machine as plain data. Every row of a walk is paid for. */
import { leaseFacts } from './lease-facts.ts';
import { mountFacts } from './mount-facts.ts';
import { guestAddress } from '../../cpu/address.ts';
import type { Processor } from '../../cpu/processor.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import { Whence } from '../../kernel/open-file.ts';
import type {
  BoundFacts,
  Census,
  DescriptorFacts,
  IdentityFacts,
  IpcCensus,
  LimitFacts,
  LockFacts,
  MemoryFacts,
  MemoryUsage,
  Meter,
  MountFacts,
  NetCensus,
  ProcessorFacts,
  RegionFacts,
  Subject,
  SystemFacts,
  TaskFacts,
  TimerFacts,
  TransferFacts,
} from '../../procfs/capabilities.ts';
import { O_CLOEXEC } from '../abi/fcntl.ts';
import type { Description } from '../fs/description.ts';
import { OnExec } from '../fs/fd-table.ts';
import type { LinuxFile } from '../fs/linux-file.ts';
import { LockType } from '../fs/lock-table.ts';
import { pathOf } from '../fs/mount.ts';
import { decodeDevice } from '../fs/stat-image.ts';
import type { Machine } from '../machine.ts';
import { inGroup } from '../process/credentials.ts';
import { mayInspect } from './inspection.ts';
import { memoryFacts, memoryUsage, regionFacts, residentWithin } from './memory-census.ts';
import { processOf, threadOf } from './subject.ts';
import { identityFacts, taskFacts } from './task-census.ts';
import { boundFacts, systemFacts } from './system-census.ts';

const NOBODY = { pid: 0, tid: 0 };
const NO_USAGE: MemoryUsage = {
  fileResident: 0,
  sharedResident: 0,
  dataBytes: 0,
  stackBytes: 0,
  lockedBytes: 0,
  libraryBytes: 0,
};
const UNLIMITED: LimitFacts = { soft: Infinity, hard: Infinity };
const PAGE_BYTES = 4096;

export class ProcCensus implements Census {
  readonly net: NetCensus;
  readonly ipc: IpcCensus;
  readonly #machine: Machine;
  readonly #meter: Meter;

  constructor(machine: Machine, meter: Meter, net: NetCensus, ipc: IpcCensus) {
    this.#machine = machine;
    this.#meter = meter;
    this.net = net;
    this.ipc = ipc;
  }

  caller(): { readonly pid: number; readonly tid: number } {
    const { caller } = this.#machine.fs.system;
    return caller === undefined ? NOBODY : { pid: caller.process.pid, tid: caller.tid };
  }

  callerIsIn(group: number): boolean {
    const { caller } = this.#machine.fs.system;
    return caller !== undefined && inGroup(caller.process.credentials, group);
  }

  pids(): Iterable<number> {
    return this.#paid([...this.#machine.tasks.processes.keys()].toSorted((a, b) => a - b));
  }

  tids(pid: number): Iterable<number> {
    const process = this.#machine.tasks.processes.get(pid);
    if (process === undefined) return [];
    const tids = [...process.threads.keys()].toSorted((a, b) => a - b);
    return this.#paid(tids.length === 0 ? [pid] : tids);
  }

  processOf(tid: number): number | undefined {
    const { tasks } = this.#machine;
    return tasks.processes.has(tid) ? tid : tasks.threads.get(tid)?.process.pid;
  }

  mayInspect(subject: Subject): boolean {
    const target = processOf(this.#machine, subject);
    const caller = this.#machine.fs.system.caller?.process;
    return target !== undefined && caller !== undefined && mayInspect(caller, target);
  }

  task(subject: Subject): TaskFacts | undefined {
    this.#meter.spend(1);
    return taskFacts(this.#machine, subject);
  }

  identity(subject: Subject): IdentityFacts | undefined {
    this.#meter.spend(1);
    return identityFacts(this.#machine, subject);
  }

  memory(subject: Subject): MemoryFacts | undefined {
    const process = processOf(this.#machine, subject);
    return process && memoryFacts(process);
  }

  usage(subject: Subject): MemoryUsage {
    const process = processOf(this.#machine, subject);
    return process === undefined ? NO_USAGE : memoryUsage(process);
  }

  *regions(subject: Subject): Iterable<RegionFacts> {
    const image = processOf(this.#machine, subject)?.image;
    if (image === undefined) return;
    for (const region of image.space.regions) {
      this.#meter.spend(1);
      yield regionFacts(region);
    }
  }

  residentPages(subject: Subject, start: number, end: number): { readonly pages: number; readonly written: number } {
    const image = processOf(this.#machine, subject)?.image;
    const region = image?.space.regions.find(start);
    if (image === undefined || region === undefined) return { pages: 0, written: 0 };
    this.#meter.spend((end - start) / PAGE_BYTES);
    const pages = residentWithin(image.space, start, end);
    const isReadOnlyFile = region.object.node !== undefined && !regionFacts(region).writable;
    return { pages, written: isReadOnlyFile ? 0 : pages };
  }

  limit(subject: Subject, resource: number): LimitFacts {
    return processOf(this.#machine, subject)?.limits.get(resource) ?? UNLIMITED;
  }

  transfers(subject: Subject): TransferFacts {
    const process = processOf(this.#machine, subject);
    const usage = subject.scope === 'thread' ? threadOf(this.#machine, subject)?.usage : process?.usage();
    return usage ?? { readBytes: 0, writtenBytes: 0, reads: 0, writes: 0 };
  }

  *descriptors(subject: Subject): Iterable<number> {
    const process = processOf(this.#machine, subject);
    if (process === undefined || process.exited) return;
    for (const [fd] of process.files.descriptors()) {
      this.#meter.spend(1);
      yield fd;
    }
  }

  descriptor(subject: Subject): DescriptorFacts | undefined {
    const process = processOf(this.#machine, subject);
    if (process === undefined || process.exited) return undefined;
    const description = process.files.get(subject.fd);
    if (description === undefined) return undefined;
    const onExec = process.files.onExec(subject.fd) === OnExec.Close ? O_CLOEXEC : 0;
    return {
      position: positionOf(description),
      flags: description.flags | onExec,
      mountId: description.location?.mount.id ?? 0,
      inode: description.node?.nodeId ?? description.location?.dentry.node?.nodeId ?? 0,
      details: (description.file as LinuxFile).describe?.() ?? [],
    };
  }

  *mounts(subject: Subject): Iterable<MountFacts> {
    const process = processOf(this.#machine, subject) ?? this.#machine.init;
    for (const mount of process.fs.namespace.mounts) {
      this.#meter.spend(1);
      const place = pathOf({ mount, dentry: mount.root }, process.fs.root);
      if (place !== undefined) yield mountFacts(mount, place);
    }
  }

  timers(subject: Subject): Iterable<TimerFacts> {
    const process = processOf(this.#machine, subject);
    return process === undefined ? [] : this.#paid(process.posixTimers.list());
  }

  auxiliaryVector(subject: Subject): Uint8Array {
    const process = processOf(this.#machine, subject);
    const place = process?.argumentsPlace;
    if (process?.image === undefined || place === undefined) return new Uint8Array(0);
    const bytes = new Uint8Array(place.auxiliaryEnd - place.auxiliaryStart);
    return bytes.subarray(0, process.image.space.memory.read(guestAddress(place.auxiliaryStart), bytes));
  }

  *locks(): Iterable<LockFacts> {
    for (const { node, kind, type, pid, start, end } of this.#machine.fs.system.locks.list()) {
      this.#meter.spend(1);
      const { major, minor } = decodeDevice(node.server.deviceId);
      const name = type === LockType.Write ? 'WRITE' : 'READ';
      const place = { deviceMajor: major, deviceMinor: minor, inode: node.nodeId };
      yield { kind, state: 'ADVISORY', type: name, pid, ...place, start, end };
    }
    yield* this.#paid([...leaseFacts(this.#machine.fs.system.leases)]);
  }

  system(): SystemFacts {
    return systemFacts(this.#machine);
  }

  bounds(): BoundFacts {
    return boundFacts(this.#machine);
  }

  processor(): ProcessorFacts {
    return processorFacts(this.#machine.engine.processor);
  }

  *#paid<T>(rows: readonly T[]): Iterable<T> {
    for (const row of rows) {
      this.#meter.spend(1);
      yield row;
    }
  }
}

function positionOf({ file, node }: Description): number {
  return node?.kind === NodeKind.File ? Math.max(0, file.seek(0, Whence.Current)) : 0;
}

/** Text of CPUID words, four characters each. */
function text(words: readonly number[]): string {
  const bytes = words.flatMap((word) => [0, 8, 16, 24].map((shift) => (word >>> shift) & 0xff));
  return String.fromCharCode(...bytes.filter((byte) => byte !== 0));
}

/** The processor as CPUID shows it to the guest. Source: SDM vol. 2, CPUID. */
function processorFacts(processor: Processor): ProcessorFacts {
  const [level, b, c, d] = processor.cpuid(0, 0);
  const [signature, , ecx, edx] = processor.cpuid(1, 0);
  const [, , extendedEcx, extendedEdx] = processor.cpuid(0x8000_0001, 0);
  const [sizes] = processor.cpuid(0x8000_0008, 0);
  const brand = text([0x8000_0002, 0x8000_0003, 0x8000_0004].flatMap((leaf) => [...processor.cpuid(leaf, 0)]));
  const [, shape, sets] = processor.cpuid(4, 3);
  const ways = (shape >>> 22) + 1;
  const lineBytes = (shape & 0xfff) + 1;
  return {
    vendor: text([b, d, c]),
    family: (signature >>> 8) & 0xf,
    model: ((signature >>> 4) & 0xf) | ((signature >>> 12) & 0xf0),
    stepping: signature & 0xf,
    brand,
    cacheKiB: (ways * lineBytes * (sets + 1)) / 1024,
    cacheLineBytes: lineBytes,
    physicalBits: sizes & 0xff,
    virtualBits: (sizes >>> 8) & 0xff,
    cpuidLevel: level,
    featureWords: [
      edx,
      ecx,
      extendedEdx,
      extendedEcx,
      processor.cpuid(7, 0)[1],
      processor.cpuid(7, 0)[2],
      processor.cpuid(0xd, 1)[0],
      processor.cpuid(0x8000_0007, 0)[3],
    ],
  };
}
