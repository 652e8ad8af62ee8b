/**
 * An open file description as Linux has it: the kernel's OpenFile and what only Linux keeps with it: status flags, the place it was opened at,
 * who gets SIGIO. Descriptors of one process or of many lead to it.
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import type { FileFactories } from '../../kernel/files/file-factories.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import { deref } from '../../kernel/reference.ts';
import type { Reference } from '../../kernel/reference.ts';
import { O_ACCMODE, O_PATH, O_RDONLY, O_WRONLY } from '../abi/fcntl.ts';
import type { Location } from './mount.ts';

export interface DescriptionOptions {
  readonly reference: Reference<OpenFile>;
  readonly factories: FileFactories;
  /** Access mode and status flags of open(2), without those that only concern the opening. */
  readonly flags: number;
  readonly location?: Location | undefined;
  /** How /proc/self/fd shows it when it has no place in a tree: `pipe:[7]`. */
  readonly label?: ByteString;
}

export class Description {
  readonly reference: Reference<OpenFile>;
  readonly location: Location | undefined;
  readonly label: ByteString;
  flags: number;
  /** F_SETOWN: > 0 a process, < 0 a group. */
  ownerPid = 0;
  ownerSignal = 0;
  /** Locks it owns must go when it closes. */
  holdsLocks = false;
  /** Told when it closes: locks and epoll sets let go of it. */
  readonly onClose = new Set<() => void>();
  readonly #factories: FileFactories;
  #holders = 1;

  constructor(options: DescriptionOptions) {
    this.reference = options.reference;
    this.#factories = options.factories;
    this.flags = options.flags;
    this.location = options.location;
    this.label = options.label ?? '';
  }

  /** Descriptors, and messages on their way, that lead here. */
  get holders(): number {
    return this.#holders;
  }

  get file(): OpenFile {
    return deref(this.reference);
  }

  get node(): FileNode | undefined {
    return deref(this.reference).node;
  }

  get isPathOnly(): boolean {
    return (this.flags & O_PATH) !== 0;
  }

  get canRead(): boolean {
    return !this.isPathOnly && (this.flags & O_ACCMODE) !== O_WRONLY;
  }

  get canWrite(): boolean {
    return !this.isPathOnly && (this.flags & O_ACCMODE) !== O_RDONLY;
  }

  retain(): this {
    if (++this.#holders === 2) this.#factories.share(this.reference);
    return this;
  }

  release(): void {
    if (--this.#holders > 0) return;
    for (const told of this.onClose) told();
    this.onClose.clear();
    this.reference.release();
  }
}
