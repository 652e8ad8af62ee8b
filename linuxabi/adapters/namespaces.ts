/** What the links of /proc/PID/ns lead to: the namespaces of a process, each a file as long as it lives. Source: namespaces(7), "The /proc/pid/ns/ directory". */
import type { Attributes, FileServer, FileNode, ServerStatistics } from '../../kernel/file-server.ts';
import { bareAttributes, NodeKind } from '../../kernel/file-server.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import type { Reference } from '../../kernel/reference.ts';
import * as sched from '../abi/sched.ts';
import { AnonymousNode } from '../fs/anonymous.ts';
import { Dentry } from '../fs/dentry.ts';
import { SuperBlock, unshownMount } from '../fs/mount.ts';
import type { Location, Mount } from '../fs/mount.ts';
import type { MountNamespace } from '../fs/mount-namespace.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { UtsNamespace } from '../process/uts-namespace.ts';
import { NamespaceFile } from './namespace-file.ts';

/** The first namespaces have fixed numbers; and the flag that would make one. Source: include/linux/proc_ns.h. */
const kinds: Readonly<Record<string, { readonly number: number; readonly flag: number }>> = {
  cgroup: { number: 4026531835, flag: sched.CLONE_NEWCGROUP },
  ipc: { number: 4026531839, flag: sched.CLONE_NEWIPC },
  mnt: { number: 4026531840, flag: sched.CLONE_NEWNS },
  net: { number: 4026531833, flag: sched.CLONE_NEWNET },
  pid: { number: 4026531836, flag: sched.CLONE_NEWPID },
  time: { number: 4026531834, flag: sched.CLONE_NEWTIME },
  user: { number: 4026531837, flag: sched.CLONE_NEWUSER },
  uts: { number: 4026531838, flag: sched.CLONE_NEWUTS },
};
/** Of the first one that is made. */
const FIRST_NUMBER = 4_026_532_176;
const NSFS_DEVICE = 0x4;

/** The machine, as far as its first namespaces are concerned. */
export interface NamespaceOwner {
  readonly uts: UtsNamespace;
  readonly fs: { readonly system: { readonly namespace: MountNamespace } };
}

export class NamespaceFiles implements FileServer {
  readonly type = 'nsfs';
  readonly deviceId = NSFS_DEVICE;
  readonly readOnly = false;
  readonly root: FileNode;
  readonly #mount: Mount;
  /** By the namespace; of kinds of which there is one only, by the kind's entry. */
  readonly #places = new WeakMap<object, Location>();
  readonly #machine: NamespaceOwner;
  #nextNumber = FIRST_NUMBER;
  readonly #adopt: (file: OpenFile) => Reference<OpenFile>;

  /** `adopt`: takes in an open description. */
  constructor(machine: NamespaceOwner, adopt: (file: OpenFile) => Reference<OpenFile>) {
    this.#machine = machine;
    this.#adopt = adopt;
    this.root = new AnonymousNode(this, 1, attributesOf(NodeKind.Directory));
    const root = new Dentry('/', undefined, this.root);
    this.#mount = unshownMount(new SuperBlock(this, root), 'nsfs');
  }

  place(process: LinuxProcess, kind: string): Location | undefined {
    const found = kinds[kind];
    if (found === undefined) return undefined;
    return this.#placeOf(kind, kind === 'uts' ? process.uts : kind === 'mnt' ? process.fs.namespace : found);
  }

  #placeOf(kind: string, namespace: object): Location {
    const found = kinds[kind]!;
    let place = this.#places.get(namespace);
    if (place === undefined) {
      const open = (node: FileNode): Reference<OpenFile> =>
        this.#adopt(new NamespaceFile(node, found.flag, namespace, () => this.#placeOf('user', kinds['user']!)));
      const number = this.#isFirst(namespace) || namespace === found ? found.number : this.#nextNumber++;
      const dentry = new Dentry(`${kind}:[${number}]`, undefined, new NamespaceNode(this, number, open));
      place = { mount: this.#mount, dentry };
      this.#places.set(namespace, place);
    }
    return place;
  }

  #isFirst(namespace: object): boolean {
    return namespace === this.#machine.uts || namespace === this.#machine.fs.system.namespace;
  }

  statistics(): ServerStatistics {
    return { blockSizeBytes: 4096, blocks: 0, blocksFree: 0, nodes: 0, nodesFree: 0, nameLimit: 255 };
  }
}

class NamespaceNode extends AnonymousNode {
  readonly #open: (node: FileNode) => Reference<OpenFile>;

  constructor(server: FileServer, nodeId: number, open: (node: FileNode) => Reference<OpenFile>) {
    super(server, nodeId, attributesOf(NodeKind.File));
    this.#open = open;
  }

  open(): Reference<OpenFile> {
    return this.#open(this);
  }
}

function attributesOf(kind: NodeKind): Attributes {
  return { ...bareAttributes(kind), permissions: 0o444 };
}
