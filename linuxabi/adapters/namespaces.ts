/** What the links of /proc/PID/ns lead to: one namespace of each kind. Source: namespaces(7), "The /proc/pid/ns/ directory". */
import type { Attributes, FileServer, FileNode, ServerStatistics } from '../../kernel/file-server.ts';
import { bareAttributes, NodeKind } from '../../kernel/file-server.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import type { Reference } from '../../kernel/reference.ts';
import * as sched from '../abi/sched.ts';
import { AnonymousNode } from '../fs/anonymous.ts';
import { Dentry } from '../fs/dentry.ts';
import { SuperBlock, unshownMount } from '../fs/mount.ts';
import type { Location, Mount } from '../fs/mount.ts';
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
const NSFS_DEVICE = 0x4;

export class NamespaceFiles implements FileServer {
  readonly type = 'nsfs';
  readonly deviceId = NSFS_DEVICE;
  readonly readOnly = false;
  readonly root: FileNode;
  readonly #mount: Mount;
  readonly #places = new Map<string, Location>();
  readonly #adopt: (file: OpenFile) => Reference<OpenFile>;

  /** `adopt`: takes in an open description. */
  constructor(adopt: (file: OpenFile) => Reference<OpenFile>) {
    this.#adopt = adopt;
    this.root = new AnonymousNode(this, 1, attributesOf(NodeKind.Directory));
    const root = new Dentry('/', undefined, this.root);
    this.#mount = unshownMount(new SuperBlock(this, root), 'nsfs');
  }

  place(kind: string): Location | undefined {
    const found = kinds[kind];
    if (found === undefined) return undefined;
    let place = this.#places.get(kind);
    if (place === undefined) {
      const open = (node: FileNode): Reference<OpenFile> =>
        this.#adopt(new NamespaceFile(node, found.flag, () => this.place('user')!));
      const dentry = new Dentry(`${kind}:[${found.number}]`, undefined, new NamespaceNode(this, found.number, open));
      place = { mount: this.#mount, dentry };
      this.#places.set(kind, place);
    }
    return place;
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
