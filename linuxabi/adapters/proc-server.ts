/**
 * The file server of /proc and of /sys: it walks the tables of `procfs/` (entry.ts), gives files numbers, owners and open
 * descriptions, and keeps every call into the adapter inside its sandbox.
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import type { FileServer, ServerStatistics } from '../../kernel/file-server.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import type { Reference } from '../../kernel/reference.ts';
import type { ProcCapabilities, Subject } from '../../procfs/capabilities.ts';
import type { Child, DirectoryEntry, Entry } from '../../procfs/entry.ts';
import { SYSTEM } from '../../procfs/root.ts';
import type { ProcOptions } from '../../procfs/root.ts';
import type { Dentry } from '../fs/dentry.ts';
import type { Location } from '../fs/mount.ts';
import type { Machine } from '../machine.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { Changes } from './proc-file.ts';
import { ProcDirectory, ProcFile, ProcLink, ProcMagicLink } from './proc-node.ts';
import type { ProcNode } from './proc-node.ts';
import type { ProcPlaces } from './proc-places.ts';
import { processOf } from './subject.ts';
import type { Sandbox } from './sandbox.ts';

export interface ProcServerOptions {
  readonly type: 'proc' | 'sysfs';
  readonly deviceId: number;
  readonly machine: Machine;
  readonly sandbox: Sandbox<DirectoryEntry>;
  readonly bag: ProcCapabilities;
  readonly places: ProcPlaces;
  /** Of /proc: what a mount shows; changed by a remount. */
  readonly shown?: ProcOptions | undefined;
}

const ROOT_ID = 1;
/** Files are numbered by task, by their place in the tree, and by descriptor. */
const SHAPES_LIMIT = 4096;
const DESCRIPTORS_LIMIT = 65_536;

export class ProcServer implements FileServer {
  readonly type: string;
  readonly deviceId: number;
  readonly readOnly = false;
  readonly namesAreVolatile = true;
  readonly root: ProcDirectory;
  readonly machine: Machine;
  readonly bag: ProcCapabilities;
  readonly sandbox: Sandbox<DirectoryEntry>;
  readonly shown: ProcOptions | undefined;
  readonly #places: ProcPlaces;
  /** A number for each place in the tree, whatever process it is seen in. */
  readonly #shapes = new Map<string, number>();
  /** Directories keep their identity, for working directories and the name tree; 0 has those of no process. */
  readonly #directories = new Map<number, Map<number, ProcDirectory>>();
  #rootDentry: Dentry | undefined;

  constructor(options: ProcServerOptions) {
    this.type = options.type;
    this.deviceId = options.deviceId;
    this.machine = options.machine;
    this.bag = options.bag;
    this.sandbox = options.sandbox;
    this.#places = options.places;
    this.shown = options.shown;
    const bornNs = this.machine.clock.realtimeNs();
    this.root = new ProcDirectory({ server: this, nodeId: ROOT_ID, shape: 0, subject: SYSTEM, entry: 'root', bornNs });
    this.machine.taskEvents.listen({ reaped: (process) => this.#forget(process) });
  }

  statistics(): ServerStatistics {
    return { blockSizeBytes: 4096, blocks: 0, blocksFree: 0, nodes: 0, nodesFree: 0, nameLimit: 255 };
  }

  /** Where it is mounted: names of processes that have gone are dropped there. */
  mountedAs(root: Location): void {
    this.#rootDentry = root.dentry;
  }

  place(subject: Subject, entry: Entry & { kind: 'link' }): Location | number {
    return this.#places.find(subject, entry.place!);
  }

  /** What tells of changes to the mounts of a process. */
  changesOf(subject: Subject): Changes | undefined {
    return processOf(this.machine, subject)?.fs.namespace;
  }

  adopt(file: OpenFile): Reference<OpenFile> {
    const { system } = this.machine.fs;
    return system.factories(this.machine.kernel.factories).adopt('proc', file);
  }

  /** The file that a child of a directory is. */
  node(parent: ProcDirectory, name: ByteString, child: Child): ProcNode {
    const { entry, subject } = child;
    const isOwn = subject === parent.subject && entry.kind !== 'directory';
    return isOwn ? parent.kept(name, entry, () => this.#make(parent, name, child)) : this.#make(parent, name, child);
  }

  #make(parent: ProcDirectory, name: ByteString, { entry, subject }: Child): ProcNode {
    const options = { server: this, subject, bornNs: parent.bornNs, ...this.identify(parent, name, subject) };
    switch (entry.kind) {
      case 'directory':
        return this.#directory(options.nodeId, subject, () => {
          const isOwn = subject.scope === 'process' && subject !== parent.subject;
          const process = isOwn ? this.machine.tasks.processes.get(subject.pid) : undefined;
          return new ProcDirectory({ ...options, entry, bornNs: this.machine.clock.realtimeNs() }, process);
        });
      case 'link':
        return entry.place === undefined
          ? new ProcLink({ ...options, entry })
          : new ProcMagicLink({ ...options, entry });
      case 'text':
      case 'bytes':
        return new ProcFile({ ...options, entry });
    }
  }

  /** The number of a file, the same whenever it is asked for. */
  identify(
    parent: ProcDirectory,
    name: ByteString,
    subject: Subject,
  ): { readonly nodeId: number; readonly shape: number } {
    const isSame = subject === parent.subject;
    const key = `${parent.shape}/${isSame ? name : subject.scope}`;
    let shape = this.#shapes.get(key);
    if (shape === undefined) {
      shape = this.#shapes.size + ROOT_ID + 1;
      this.#shapes.set(key, shape);
    }
    const task = subject.tid * 2 + (subject.scope === 'thread' ? 1 : 0);
    return { nodeId: (task * SHAPES_LIMIT + shape) * DESCRIPTORS_LIMIT + subject.fd + 1, shape };
  }

  #directory(nodeId: number, { pid }: Subject, make: () => ProcDirectory): ProcDirectory {
    let ofProcess = this.#directories.get(pid);
    if (ofProcess === undefined) {
      ofProcess = new Map();
      this.#directories.set(pid, ofProcess);
    }
    let found = ofProcess.get(nodeId);
    if (found === undefined) {
      found = make();
      ofProcess.set(nodeId, found);
    }
    return found;
  }

  #forget({ pid }: LinuxProcess): void {
    const directories = this.#directories.get(pid);
    if (directories === undefined) return;
    for (const directory of directories.values()) directory.ended = true;
    this.#directories.delete(pid);
    this.#rootDentry?.drop(String(pid));
  }
}
