/**
 * Which mounts hear of what is mounted below others. Mounts of a peer group pass on to each other; a slave hears of its master group and
 * passes nothing back; a slave may be in a group of its own. Source: mount_namespaces(7), "Shared subtrees"; fs/pnode.c.
 */
import type { Mount } from './mount.ts';

/** What mount(2) can make of a mount: MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE. */
export const Propagation = { Private: 0, Shared: 1, Slave: 2, Unbindable: 3 } as const;
export type Propagation = (typeof Propagation)[keyof typeof Propagation];

/** How a copy of a mount stands to it. */
export type Relation = 'peer' | 'slave';

export class PeerGroup {
  /** As mount tables show it. */
  readonly id: number;
  readonly members = new Set<Mount>();
  readonly slaves = new Set<Mount>();

  constructor(id: number) {
    this.id = id;
  }
}

/** All groups of a machine. */
export class PeerGroups {
  readonly #ids = new Set<number>();

  set(mount: Mount, propagation: Propagation): void {
    if (propagation === Propagation.Shared) this.makeShared(mount);
    else if (propagation === Propagation.Slave) this.#makeSlave(mount);
    else this.#makePrivate(mount);
    mount.isUnbindable = propagation === Propagation.Unbindable;
  }

  makeShared(mount: Mount): void {
    if (mount.group !== undefined) return;
    let id = 1;
    while (this.#ids.has(id)) id++;
    this.#ids.add(id);
    this.#join(mount, new PeerGroup(id));
  }

  #makePrivate(mount: Mount): void {
    this.#leave(mount);
    this.#obey(mount, undefined);
  }

  /** Who leaves peers behind hears of them from then on; who has none keeps its master, if it had one. Source: do_make_slave. */
  #makeSlave(mount: Mount): void {
    const { group } = mount;
    if (group === undefined) return;
    const hasPeers = group.members.size > 1;
    this.#leave(mount);
    if (hasPeers) this.#obey(mount, group);
  }

  /** The copy's place among the peers. Source: fs/namespace.c, clone_mnt. */
  relate(copy: Mount, to: Mount, relation: Relation): void {
    if (relation === 'slave') {
      this.#obey(copy, to.group);
      return;
    }
    if (to.group !== undefined) this.#join(copy, to.group);
    this.#obey(copy, to.master);
  }

  #join(mount: Mount, group: PeerGroup): void {
    mount.group = group;
    group.members.add(mount);
  }

  #obey(mount: Mount, master: PeerGroup | undefined): void {
    mount.master?.slaves.delete(mount);
    mount.master = master;
    master?.slaves.add(mount);
  }

  /** The slaves of a group that is no more hear of the master of its last member. */
  #leave(mount: Mount): void {
    const { group } = mount;
    if (group === undefined) return;
    mount.group = undefined;
    group.members.delete(mount);
    if (group.members.size > 0) return;
    this.#ids.delete(group.id);
    for (const slave of [...group.slaves]) this.#obey(slave, mount.master);
  }
}

/** All that hear of what happens below a mount: its peers, their slaves, the peers of those, and so on; not itself. */
export function hearersOf(mount: Mount): Set<Mount> {
  const found = new Set<Mount>([mount]);
  const groups = new Set<PeerGroup>();
  const waiting = mount.group === undefined ? [] : [mount.group];
  for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
    if (groups.has(group)) continue;
    groups.add(group);
    for (const member of group.members) found.add(member);
    for (const slave of group.slaves) {
      found.add(slave);
      if (slave.group !== undefined) waiting.push(slave.group);
    }
  }
  found.delete(mount);
  return found;
}
