/**
 * How a name in one of a server's folders is said to the host, so that it means that folder and no other, whatever others on the host move or
 * put in the way meanwhile.
 *
 * On Linux a folder is a descriptor, and a name in it is `/proc/self/fd/N/name`, which is what openat(2) does. The descriptor is opened name
 * by name from the root's, never through a link, each folder checked by its identity. A folder that is open already is asked where it is now:
 * moved out of the tree, it is not found. So nothing is left between check and use.
 *
 * Elsewhere a folder is a path that the host resolves just before the use; whoever else may change the tree can be quicker.
 */
import * as fs from 'node:fs';
import type { ByteString } from '../../kernel/byte-string.ts';
import { Status } from '../../kernel/status.ts';
import { hostPath, type HostPath } from './host-path.ts';

const { O_DIRECTORY = 0, O_NOFOLLOW = 0 } = fs.constants;
/** Linux only; Node does not name it. Source: include/uapi/asm-generic/fcntl.h. */
export const O_PATH = 0o10000000;
const OPEN_LIMIT = 64;

/** A folder as its server knows it. */
export interface Folder {
  /** Undefined: the root of the tree. */
  readonly parent: Folder | undefined;
  readonly name: ByteString;
  readonly identity: string;
}

export interface HostFolders {
  /** The path of a name in the folder, `.` for itself; not found when the folder is not in its place. May throw the host's errors. */
  place(folder: Folder, name: ByteString): HostPath | Status;
  dispose(): void;
}

export function openFolders(root: string): HostFolders {
  const byDescriptor = process.platform === 'linux' && fs.existsSync('/proc/self/fd');
  return byDescriptor ? new DescriptorFolders(root) : new PathFolders(root);
}

export function identityOf(stats: fs.BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}

function namesOf(folder: Folder): ByteString[] {
  return folder.parent === undefined ? [] : [...namesOf(folder.parent), folder.name];
}

const descriptorPath = (descriptor: number): string => `/proc/self/fd/${descriptor}`;

class DescriptorFolders implements HostFolders {
  readonly #path: string;
  readonly #identity: string;
  #root: number | undefined;
  /** Least recently used first. More than the two that one call may use. */
  readonly #open = new Map<Folder, number>();

  constructor(root: string) {
    this.#path = root;
    this.#root = openFolder(root);
    this.#identity = identityOf(fs.fstatSync(this.#root, { bigint: true }));
  }

  place(folder: Folder, name: ByteString): HostPath | Status {
    const descriptor = this.#descriptorOf(folder);
    return descriptor < 0 ? (descriptor as Status) : hostPath(descriptorPath(descriptor), [name]);
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

  #descriptorOf(folder: Folder): number {
    if (folder.parent === undefined) return this.#rootDescriptor();
    const known = this.#open.get(folder);
    this.#open.delete(folder);
    if (known !== undefined && this.#isInPlace(known, folder)) {
      this.#open.set(folder, known);
      return known;
    }
    if (known !== undefined) fs.closeSync(known);
    const opened = this.#walk(folder);
    if (opened >= 0) this.#keep(folder, opened);
    return opened;
  }

  /** Where the kernel says that the open folder is. It can't say it of very long paths. */
  #isInPlace(descriptor: number, folder: Folder): boolean {
    try {
      const root = fs.readlinkSync(descriptorPath(this.#rootDescriptor()), 'buffer');
      const expected = Buffer.concat([root, Buffer.from(`/${namesOf(folder).join('/')}`, 'latin1')]);
      return fs.readlinkSync(descriptorPath(descriptor), 'buffer').equals(expected);
    } catch {
      return false;
    }
  }

  /** A descriptor of the folder, opened step by step, or a Status. */
  #walk(folder: Folder): number {
    if (folder.parent === undefined) return this.#rootDescriptor();
    const above = this.#walk(folder.parent);
    if (above < 0) return above;
    try {
      const opened = openFolder(hostPath(descriptorPath(above), [folder.name]));
      if (identityOf(fs.fstatSync(opened, { bigint: true })) === folder.identity) return opened;
      fs.closeSync(opened);
      return Status.NotFound;
    } finally {
      if (above !== this.#root) fs.closeSync(above);
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
