/** What is mounted below a shared mount appears below all that hear of it. Source: fs/pnode.c, propagate_mnt; fs/namespace.c, attach_recursive_mnt. */
import type { Dentry } from './dentry.ts';
import type { Mount } from './mount.ts';
import type { PeerGroup, PeerGroups, Relation } from './peer-group.ts';

export interface SpreadServices {
  readonly groups: PeerGroups;
  /** A copy of a tree of mounts, shown at a place (beneath what is mounted there); the copy of its top. */
  copyTree(top: Mount, at: { readonly mount: Mount; readonly dentry: Dentry }, relation: Relation): Mount;
}

export class MountSpread {
  readonly #services: SpreadServices;
  readonly #dentry: Dentry;
  /** Mounts that this has made, or begun with: they hear nothing of it. */
  readonly #fresh: Set<Mount>;

  /** `tree`: the mounts that have come. */
  constructor(services: SpreadServices, tree: readonly Mount[], dentry: Dentry) {
    this.#services = services;
    this.#dentry = dentry;
    this.#fresh = new Set(tree);
  }

  /** Copies of `top` for a group, of which one member (`from`) has it already, and for its slaves. */
  spread(top: Mount, group: PeerGroup, from: Mount): void {
    const members = [...group.members];
    const slaves = [...group.slaves];
    for (const member of members) if (member !== from && this.#hears(member)) this.#copy(top, member, 'peer');
    const groups = new Set<PeerGroup>();
    for (const slave of slaves) {
      if (!this.#hears(slave) || (slave.group !== undefined && groups.has(slave.group))) continue;
      const copy = this.#copy(top, slave, 'slave');
      if (slave.group === undefined) continue;
      groups.add(slave.group);
      for (const each of treeOf(copy)) this.#services.groups.makeShared(each);
      this.spread(copy, slave.group, slave);
    }
  }

  #copy(top: Mount, at: Mount, relation: Relation): Mount {
    const copy = this.#services.copyTree(top, { mount: at, dentry: this.#dentry }, relation);
    for (const each of treeOf(copy)) this.#fresh.add(each);
    return copy;
  }

  /** It is in somebody's mounts and shows the place. */
  #hears(mount: Mount): boolean {
    const isThere = mount.namespace !== undefined && !mount.namespace.isDetached;
    return isThere && !this.#fresh.has(mount) && mount.root.contains(this.#dentry);
  }
}

/** A mount and all below it, each behind the one it is mounted on. */
export function treeOf(top: Mount): Mount[] {
  const tree = [top];
  const children = new Map<Mount, Mount[]>();
  for (const mount of top.namespace?.mounts ?? []) {
    const parent = mount.at?.mount;
    if (parent === undefined) continue;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [mount]);
    else siblings.push(mount);
  }
  for (let index = 0; index < tree.length; index++) tree.push(...(children.get(tree[index]!) ?? []));
  return tree;
}
