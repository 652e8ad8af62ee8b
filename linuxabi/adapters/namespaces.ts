/** What the links of /proc/PID/ns lead to: one namespace of each kind. Source: namespaces(7), "The /proc/pid/ns/ directory". */
import type { FileServer, FileNode, ServerStatistics } from '../../kernel/file-server.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import { AnonymousNode } from '../fs/anonymous.ts';
import { Dentry } from '../fs/dentry.ts';
import { SuperBlock, unshownMount } from '../fs/mount.ts';
import type { Location, Mount } from '../fs/mount.ts';

/** Source: include/linux/proc_ns.h: the first namespaces have fixed numbers. */
const numbers: Readonly<Record<string, number>> = {
  cgroup: 4026531835,
  ipc: 4026531839,
  mnt: 4026531840,
  net: 4026531833,
  pid: 4026531836,
  time: 4026531834,
  user: 4026531837,
  uts: 4026531838,
};
const NSFS_DEVICE = 0x4;

export class NamespaceFiles implements FileServer {
  readonly type = 'nsfs';
  readonly deviceId = NSFS_DEVICE;
  readonly readOnly = false;
  readonly root: FileNode;
  readonly #mount: Mount;
  readonly #places = new Map<string, Location>();

  constructor() {
    this.root = this.#node(NodeKind.Directory, 1);
    const root = new Dentry('/', undefined, this.root);
    this.#mount = unshownMount(new SuperBlock(this, root), 'nsfs');
  }

  place(kind: string): Location | undefined {
    const number = numbers[kind];
    if (number === undefined) return undefined;
    let place = this.#places.get(kind);
    if (place === undefined) {
      const dentry = new Dentry(`${kind}:[${number}]`, undefined, this.#node(NodeKind.File, number));
      place = { mount: this.#mount, dentry };
      this.#places.set(kind, place);
    }
    return place;
  }

  statistics(): ServerStatistics {
    return { blockSizeBytes: 4096, blocks: 0, blocksFree: 0, nodes: 0, nodesFree: 0, nameLimit: 255 };
  }

  #node(kind: NodeKind, nodeId: number): AnonymousNode {
    return new AnonymousNode(this, nodeId, {
      kind,
      permissions: 0o444,
      owner: 0,
      group: 0,
      links: 1,
      sizeBytes: 0,
      blocks512: 0,
      accessedNs: 0n,
      modifiedNs: 0n,
      changedNs: 0n,
      createdNs: 0n,
      device: { major: 0, minor: 0 },
    });
  }
}
