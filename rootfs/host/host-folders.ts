/**
 * How a name in one of a server's folders is said to the host, so that it means that folder and no other, whatever others on the host move or
 * put in the way meanwhile.
 *
 * On Linux a folder is a descriptor, and a name in it is `/proc/self/fd/N/name`, which is what openat(2) does. The descriptor is opened name
 * by name from the root's, never through a link, each folder checked by its identity. A folder that is open already is asked where it is now:
 * moved out of the tree, it is not found. So nothing is left between check and use. Asking is one readlink(2), cheaper than resolving a path.
 *
 * Elsewhere a folder is a path that the host resolves just before the use; whoever else may change the tree can be quicker.
 */
import * as fs from 'node:fs';
import type { ByteString } from '../../kernel/byte-string.ts';
import { Status } from '../../kernel/status.ts';
import { below, hostPath, type HostPath } from './host-path.ts';

const { O_DIRECTORY = 0, O_NOFOLLOW = 0 } = fs.constants;
/** Linux only; Node does not name it. Source: include/uapi/asm-generic/fcntl.h. */
export const O_PATH = 0o10000000;
/** Whether a descriptor can be used as a path. */
export const HAS_DESCRIPTOR_PATHS = process.platform === 'linux' && fs.existsSync('/proc/self/fd');
const OPEN_LIMIT = 64;
/** Of the folders that a walk passes. One call may need two walks: the second must not close what the first has found. */
const KEPT_OF_WALK = OPEN_LIMIT / 2 - 1;
/** `/..` so often is a path that the kernel takes. */
const STEPS_UP = 1000;

/** A name in a folder. */
export interface Named {
  /** Undefined: the root of the tree. */
  readonly parent: Named | undefined;
  readonly name: ByteString;
}

/** A folder as its server knows it. */
export interface Folder extends Named {
  readonly parent: Folder | undefined;
  readonly identity: string;
}

export interface HostFolders {
  /** The path of a name in the folder, `.` for itself; not found when the folder is not in its place. May throw the host's errors. */
  place(folder: Folder, name: ByteString): HostPath | Status;
  dispose(): void;
}

export function openFolders(root: string): HostFolders {
  return HAS_DESCRIPTOR_PATHS ? new DescriptorFolders(root) : new PathFolders(root);
}

export function identityOf(stats: fs.BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}

function namesOf(folder: Folder): ByteString[] {
  const names: ByteString[] = [];
  for (let at: Named = folder; at.parent !== undefined; at = at.parent) names.push(at.name);
  return names.toReversed();
}

function depthOf(folder: Folder): number {
  let depth = 0;
  for (let at = folder; at.parent !== undefined; at = at.parent) depth++;
  return depth;
}

/** The path when the tree's root is there. */
export function pathBelow(root: ByteString, file: Named): ByteString {
  let path = '';
  for (let at = file; at.parent !== undefined; at = at.parent) path = `/${at.name}${path}`;
  return root === '/' && path !== '' ? path : root + path;
}

export const descriptorPath = (descriptor: number): string => `/proc/self/fd/${descriptor}`;

class DescriptorFolders implements HostFolders {
  readonly #path: string;
  readonly #identity: string;
  #root: number | undefined;
  /** Where the root was when last asked. */
  #rootPlace: ByteString = '';
  /** Least recently used first, and only those are closed. */
  readonly #open = new Map<Folder | symbol, number>();

  constructor(root: string) {
    this.#path = root;
    this.#root = openFolder(root);
    this.#identity = identityOf(fs.fstatSync(this.#root, { bigint: true }));
  }

  place(folder: Folder, name: ByteString): HostPath | Status {
    const descriptor = this.#reuse(folder) ?? this.#walk(folder);
    return descriptor < 0 ? (descriptor as Status) : below(descriptorPath(descriptor), name);
  }

  dispose(): void {
    for (const descriptor of this.#open.values()) fs.closeSync(descriptor);
    this.#open.clear();
    if (this.#root !== undefined) fs.closeSync(this.#root);
    this.#root = undefined;
  }

  /** Open as long as the tree is in use: wherever the folder is moved, it stays this one. */
  #rootDescriptor(): number {
    if (this.#root !== undefined) return this.#root;
    const opened = openFolder(this.#path);
    if (identityOf(fs.fstatSync(opened, { bigint: true })) === this.#identity) return (this.#root = opened);
    fs.closeSync(opened);
    return Status.NotFound;
  }

  /** The descriptor of a folder that is open and in its place. */
  #reuse(folder: Folder): number | undefined {
    if (folder.parent === undefined) return this.#rootDescriptor();
    const known = this.#open.get(folder);
    if (known === undefined) return undefined;
    this.#open.delete(folder);
    if (this.#isInPlace(known, folder)) {
      this.#open.set(folder, known);
      return known;
    }
    // Not closed at once: the call under way may have its number in a path already.
    this.#open.set(Symbol('moved'), known);
    return undefined;
  }

  #isInPlace(descriptor: number, folder: Folder): boolean {
    try {
      const shown = placeOf(descriptor);
      if (shown === pathBelow(this.#rootPlace, folder)) return true;
      const before = this.#rootPlace;
      this.#rootPlace = placeOf(this.#rootDescriptor());
      return this.#rootPlace !== before && shown === pathBelow(this.#rootPlace, folder);
    } catch {
      return this.#isBelowRoot(descriptor, folder);
    }
  }

  /** For a folder too deep for the kernel to say where it is: as many steps up as it is deep there must be the root. */
  #isBelowRoot(descriptor: number, folder: Folder): boolean {
    let at = descriptor;
    try {
      for (let left = depthOf(folder); left > 0; left -= STEPS_UP) {
        const above = fs.openSync(descriptorPath(at) + '/..'.repeat(Math.min(left, STEPS_UP)), O_PATH | O_DIRECTORY);
        if (at !== descriptor) fs.closeSync(at);
        at = above;
      }
      return identityOf(fs.fstatSync(at, { bigint: true })) === this.#identity;
    } catch {
      return false;
    } finally {
      if (at !== descriptor) fs.closeSync(at);
    }
  }

  /** Opens a folder step by step from the nearest one above it that is open. A descriptor, or a Status. */
  #walk(folder: Folder): number {
    const steps = [folder];
    let above: number | undefined;
    for (let at = folder.parent; above === undefined; at = at!.parent) {
      above = this.#reuse(at!);
      if (above === undefined) steps.push(at!);
    }
    let passing: number | undefined;
    try {
      for (let left = steps.length - 1; left >= 0 && above >= 0; left--) {
        const opened = openStep(above, steps[left]!);
        if (passing !== undefined) fs.closeSync(passing);
        passing = undefined;
        if (left < KEPT_OF_WALK && opened >= 0) this.#keep(steps[left]!, opened);
        else if (opened >= 0) passing = opened;
        above = opened;
      }
      return above;
    } finally {
      if (passing !== undefined) fs.closeSync(passing);
    }
  }

  #keep(folder: Folder, descriptor: number): void {
    this.#open.set(folder, descriptor);
    if (this.#open.size <= OPEN_LIMIT) return;
    const [oldest] = this.#open.entries();
    fs.closeSync(oldest![1]);
    this.#open.delete(oldest![0]);
  }
}

/** The path the kernel gives an open file. Throws when it is longer than a path can be. */
function placeOf(descriptor: number): ByteString {
  return fs.readlinkSync(descriptorPath(descriptor), 'latin1');
}

/** A folder in an open one: its descriptor; not found when it is another one by now. */
function openStep(above: number, { name, identity }: Folder): number {
  const opened = openFolder(below(descriptorPath(above), name));
  if (identityOf(fs.fstatSync(opened, { bigint: true })) === identity) return opened;
  fs.closeSync(opened);
  return Status.NotFound;
}

/** Throws where it is no folder: a link to one is none. */
function openFolder(path: HostPath): number {
  return fs.openSync(path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

class PathFolders implements HostFolders {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  place(folder: Folder, name: ByteString): HostPath | Status {
    const names = namesOf(folder);
    const path = hostPath(this.#root, names);
    if (names.length > 0 && !sameText(fs.realpathSync.native(path, 'buffer'), path)) return Status.NotFound;
    return name === '.' ? path : hostPath(this.#root, [...names, name]);
  }

  dispose(): void {}
}

function sameText(real: Buffer, expected: HostPath): boolean {
  return typeof expected === 'string' ? real.toString() === expected : real.equals(expected);
}
