/**
 * A mount namespace: the mounts that the processes in it see. The first one has the machine's; unshare(CLONE_NEWNS) copies the caller's.
 * Source: mount_namespaces(7); fs/namespace.c.
 */
import { WaitQueue } from '../../kernel/wait-queue.ts';
import type { Dentry } from './dentry.ts';
import { Mount } from './mount.ts';
import type { Location, SuperBlock } from './mount.ts';
import { MountSpread, treeOf } from './mount-spread.ts';
import { hearersOf, Propagation } from './peer-group.ts';
import type { PeerGroups, Relation } from './peer-group.ts';

export interface NamespaceServices {
  nextMountId(): number;
  /** There are so many mounts more, or fewer. */
  counted(change: number): void;
  /** The last mount of a tree has gone. */
  unmounted(superBlock: SuperBlock): void;
  readonly groups: PeerGroups;
}

export class MountNamespace {
  readonly #services: NamespaceServices;
  /** In the order they were made. */
  readonly #mounts: Mount[] = [];
  /** Of a tree that is mounted nowhere: no process lives in it. Source: fs/namespace.c, is_anon_ns. */
  readonly isDetached: boolean;
  /** How often its mounts have changed, and who waits for that (poll of /proc/PID/mounts). */
  changes = 0;
  readonly waitQueue = new WaitQueue();
  #root: Location | undefined;
  #holders = 1;

  constructor(services: NamespaceServices, kind: 'of processes' | 'detached' = 'of processes') {
    this.#services = services;
    this.isDetached = kind === 'detached';
  }

  /** For a tree that is mounted nowhere. */
  detached(): MountNamespace {
    return new MountNamespace(this.#services, 'detached');
  }

  get mounts(): readonly Mount[] {
    return this.#mounts;
  }

  /** The root of all; processes may have roots below it. */
  get root(): Location {
    return this.#root!;
  }

  /** Shows a mount at a place, and copies of it to all that hear of that; without a place it is the root of all. */
  add(mount: Mount, at: Location | undefined): Location {
    this.#place(mount, at);
    const location = { mount, dentry: mount.root };
    if (at === undefined) this.#root = location;
    else this.#tell(mount, at);
    return location;
  }

  #place(mount: Mount, at: Location | undefined): void {
    mount.attach(at, this);
    this.#mounts.push(mount);
    this.#services.counted(1);
    this.changed();
  }

  /** A tree of mounts has come to a place. */
  #tell(top: Mount, { mount: parent, dentry }: Location): void {
    this.changed();
    const { group } = parent;
    if (group === undefined) return;
    const { groups } = this.#services;
    const tree = treeOf(top);
    for (const each of tree) groups.makeShared(each);
    const copyTree = (of: Mount, at: Location, relation: Relation): Mount =>
      at.mount.namespace!.#copyTree({ mount: of, dentry: of.root }, { at, depth: 'with-all-below', relation });
    new MountSpread({ groups, copyTree }, tree, dentry).spread(top, group, parent);
  }

  /** Its mounts are not what they were: who polls the table of them is told. */
  changed(): void {
    this.changes++;
    this.waitQueue.wake();
  }

  /** What is mounted at the same place below those that hear of the mount's own. Source: fs/pnode.c, propagation_next. */
  counterparts(mount: Mount): Mount[] {
    const { at } = mount;
    if (at === undefined) return [];
    return [...hearersOf(at.mount)].flatMap((hearer) => at.dentry.mounts?.get(hearer) ?? []);
  }

  /** Mounts below one, deepest last. */
  below(mount: Mount): Mount[] {
    return this.#mounts.filter((other) => other !== mount && other.isWithin(mount));
  }

  /** Takes a mount out with those below it; `everywhere`: also what those that hear of it have in its place. */
  remove(mount: Mount, extent: 'everywhere' | 'here' = 'here'): void {
    for (const each of treeOf(mount).toReversed()) {
      const others = extent === 'everywhere' ? this.counterparts(each) : [];
      for (const other of others) {
        const { namespace } = other;
        if (other !== each && namespace !== undefined) namespace.#removeAlone(other);
      }
      // One of them may have been this.
      if (each.namespace === this) this.#takeOut(each);
    }
  }

  /** What has nothing below it but a mount on top of its root, which then lies where it lay. Source: fs/pnode.c, propagate_umount. */
  #removeAlone(mount: Mount): void {
    const { at } = mount;
    const [top, ...more] = this.#mounts.filter((each) => each.at?.mount === mount);
    if (more.length > 0 || (top !== undefined && top.at?.dentry !== mount.root)) return;
    this.#takeOut(mount);
    if (top === undefined) return;
    top.detach();
    top.attach(at, this);
  }

  #takeOut(mount: Mount): void {
    this.#mounts.splice(this.#mounts.indexOf(mount), 1);
    mount.detach();
    this.#services.counted(-1);
    this.#services.groups.set(mount, Propagation.Private);
    if (mount.superBlock.mounts.size === 0) this.#services.unmounted(mount.superBlock);
    this.changed();
  }

  /** Shows it elsewhere; who hears of that place gets a copy. */
  move(mount: Mount, to: Location): void {
    this.shift(mount, to);
    this.#tell(mount, to);
  }

  /** Shows it elsewhere, and nobody hears of it. */
  shift(mount: Mount, to: Location): void {
    mount.detach();
    mount.attach(to, this);
    this.changed();
  }

  setPropagation(mounts: Iterable<Mount>, propagation: Propagation): void {
    for (const each of mounts) this.#services.groups.set(each, propagation);
  }

  /** The other mount's peers and master become the mount's too. Source: fs/namespace.c, do_set_group. */
  joinGroup(mount: Mount, from: Mount): void {
    this.#services.groups.relate(mount, from, 'peer');
  }

  /** Takes over all mounts of a detached tree, and shows its root at a place. */
  take(tree: MountNamespace, at: Location): void {
    const { mount } = tree.root;
    for (const each of tree.#mounts.splice(0)) {
      each.namespace = this;
      this.#mounts.push(each);
    }
    tree.#root = undefined;
    this.move(mount, at);
  }

  /** Another mount becomes the root of all; what was it is shown at a place below. */
  exchangeRoot(mount: Mount, oldAt: Location): void {
    const old = this.root.mount;
    mount.detach();
    mount.attach(undefined, this);
    this.#root = { mount, dentry: mount.root };
    old.attach(oldAt, this);
    this.changed();
  }

  /** A mount that shows the same at another place (here the root of all where none is given), with what is mounted below `dentry` when `depth` says so. */
  bind(source: Location, at: Location | undefined, depth: 'alone' | 'with-all-below'): Location {
    const copy = this.#copyTree(source, { at, depth, relation: 'peer' });
    if (at === undefined) this.#root = { mount: copy, dentry: copy.root };
    else this.#tell(copy, at);
    return { mount: copy, dentry: copy.root };
  }

  /** Copies a mount, with those below the place unless they can't be bound, to a place: there it lies beneath what is mounted already. */
  #copyTree(
    source: Location,
    to: { readonly at: Location | undefined; readonly depth: 'alone' | 'with-all-below'; readonly relation: Relation },
  ): Mount {
    const { at, depth, relation } = to;
    const tree = depth === 'alone' ? [] : treeOf(source.mount).slice(1);
    const top = this.#copyOf(source.mount, source.dentry, relation);
    const copies = new Map([[source.mount, top]]);
    const above = at?.dentry.mounts?.get(at.mount);
    this.#place(top, at);
    if (above !== undefined) this.shift(above, { mount: top, dentry: top.root });
    for (const mount of tree) {
      const parent = copies.get(mount.at!.mount);
      if (parent === undefined || mount.isUnbindable) continue;
      if (parent === top && !source.dentry.contains(mount.at!.dentry)) continue;
      const child = this.#copyOf(mount, mount.root, relation);
      copies.set(mount, child);
      this.#place(child, { mount: parent, dentry: mount.at!.dentry });
    }
    return top;
  }

  /** A namespace with copies of all mounts, and where a place of this one is in it. */
  copy(): { readonly namespace: MountNamespace; readonly counterpart: (place: Location) => Location } {
    const namespace = new MountNamespace(this.#services);
    const copies = new Map<Mount, Mount>();
    // A mount that has been moved may lie in one made later.
    const waiting = new Set(this.#mounts);
    while (waiting.size > 0) {
      for (const mount of waiting) {
        const parent = mount.at && copies.get(mount.at.mount);
        if (mount.at !== undefined && parent === undefined) continue;
        const copy = this.#copyOf(mount, mount.root, 'peer');
        copies.set(mount, copy);
        namespace.#place(copy, parent && { mount: parent, dentry: mount.at!.dentry });
        if (parent === undefined) namespace.#root = { mount: copy, dentry: copy.root };
        waiting.delete(mount);
      }
    }
    const counterpart = ({ mount, dentry }: Location): Location => ({ mount: copies.get(mount) ?? mount, dentry });
    return { namespace, counterpart };
  }

  share(): this {
    this.#holders++;
    return this;
  }

  /** Its mounts go with the last process. */
  release(): void {
    // A detached tree may have been mounted meanwhile.
    if (--this.#holders === 0 && this.#root !== undefined) this.remove(this.#root.mount);
  }

  #copyOf(mount: Mount, root: Dentry, relation: Relation): Mount {
    const { superBlock, source, flags } = mount;
    const copy = new Mount({ id: this.#services.nextMountId(), superBlock, root, source, flags });
    copy.isUnbindable = mount.isUnbindable;
    this.#services.groups.relate(copy, mount, relation);
    return copy;
  }
}
