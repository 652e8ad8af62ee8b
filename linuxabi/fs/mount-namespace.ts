/**
 * A mount namespace: the mounts that the processes in it see. The first one has the machine's; unshare(CLONE_NEWNS) copies the caller's.
 * Source: mount_namespaces(7); fs/namespace.c.
 */
import type { Dentry } from './dentry.ts';
import { Mount } from './mount.ts';
import type { Location, SuperBlock } from './mount.ts';

export interface NamespaceServices {
  nextMountId(): number;
  /** The last mount of a tree has gone. */
  unmounted(superBlock: SuperBlock): void;
}

export class MountNamespace {
  readonly #services: NamespaceServices;
  /** In the order they were made. */
  readonly #mounts: Mount[] = [];
  /** Of a tree that is mounted nowhere: no process lives in it. Source: fs/namespace.c, is_anon_ns. */
  readonly isDetached: boolean;
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

  /** Shows a mount at a place; without one it is the root of all. */
  add(mount: Mount, at: Location | undefined): Location {
    mount.attach(at, this);
    this.#mounts.push(mount);
    const location = { mount, dentry: mount.root };
    if (at === undefined) this.#root = location;
    return location;
  }

  /** Mounts below one, deepest last. */
  below(mount: Mount): Mount[] {
    return this.#mounts.filter((other) => other !== mount && other.isWithin(mount));
  }

  /** Takes a mount out, with those below it. */
  remove(mount: Mount): void {
    for (const each of [mount, ...this.below(mount)].toReversed()) {
      this.#mounts.splice(this.#mounts.indexOf(each), 1);
      each.detach();
      if (each.superBlock.mounts.size === 0) this.#services.unmounted(each.superBlock);
    }
  }

  /** Shows it elsewhere. */
  move(mount: Mount, to: Location): void {
    mount.detach();
    mount.attach(to, this);
  }

  /** Takes over all mounts of a detached tree, and shows its root at a place. */
  take(tree: MountNamespace, at: Location): void {
    const { mount } = tree.root;
    for (const each of tree.#mounts.splice(0)) {
      each.namespace = this;
      this.#mounts.push(each);
    }
    tree.#root = undefined;
    mount.detach();
    mount.attach(at, this);
  }

  /** Another mount becomes the root of all; what was it is shown at a place below. */
  exchangeRoot(mount: Mount, oldAt: Location): void {
    const old = this.root.mount;
    mount.detach();
    mount.attach(undefined, this);
    this.#root = { mount, dentry: mount.root };
    old.attach(oldAt, this);
  }

  /** A mount that shows the same at another place (here the root of all where none is given), with what is mounted below `dentry` when `depth` says so. */
  bind(source: Location, at: Location | undefined, depth: 'alone' | 'with-all-below'): Location {
    const copy = this.#copyOf(source.mount, source.dentry);
    const below = depth === 'alone' ? [] : source.mount.namespace!.below(source.mount);
    const copies = new Map([[source.mount, copy]]);
    const made = this.add(copy, at);
    for (const mount of below) {
      const parent = copies.get(mount.at!.mount);
      if (parent === undefined || (parent === copy && !source.dentry.contains(mount.at!.dentry))) continue;
      const child = this.#copyOf(mount, mount.root);
      copies.set(mount, child);
      this.add(child, { mount: parent, dentry: mount.at!.dentry });
    }
    return made;
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
        const copy = this.#copyOf(mount, mount.root);
        copies.set(mount, copy);
        namespace.add(copy, parent && { mount: parent, dentry: mount.at!.dentry });
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

  #copyOf(mount: Mount, root: Dentry): Mount {
    const { superBlock, source, flags, propagation } = mount;
    const copy = new Mount({ id: this.#services.nextMountId(), superBlock, root, source, flags });
    copy.propagation = propagation;
    return copy;
  }
}
