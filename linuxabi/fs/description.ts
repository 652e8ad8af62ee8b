/**
 * An open file description as Linux has it: the kernel's OpenFile and what only Linux keeps with it: status flags, the place it was opened at,
 * who gets SIGIO. Descriptors of one process or of many lead to it.
 */
import { NO_OWNER } from './file-owner.ts';
import type { ByteString } from '../../kernel/byte-string.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import type { FileFactories } from '../../kernel/files/file-factories.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import { deref } from '../../kernel/reference.ts';
import type { Reference } from '../../kernel/reference.ts';
import { O_ACCMODE, O_PATH, O_RDONLY, O_WRONLY } from '../abi/fcntl.ts';
import { IN_CLOSE_NOWRITE, IN_CLOSE_WRITE, IN_OPEN } from '../abi/inotify.ts';
import type { Location } from './mount.ts';
import type { AsyncSignals } from './async-signals.ts';
import type { DirectoryWatch } from './notify/directory-watch.ts';
import { Reached } from './notify/notifier.ts';
import type { Notifier } from './notify/notifier.ts';

export interface DescriptionOptions {
  readonly reference: Reference<OpenFile>;
  readonly factories: FileFactories;
  /** Access mode and status flags of open(2), without those that only concern the opening. */
  readonly flags: number;
  readonly location?: Location | undefined;
  /** How /proc/self/fd shows it when it has no place in a tree: `pipe:[7]`. */
  readonly label?: ByteString;
  /** Told that the file at `location` is opened, used and closed. */
  readonly notifier?: Notifier;
}

export class Description {
  readonly reference: Reference<OpenFile>;
  readonly location: Location | undefined;
  readonly label: ByteString;
  flags: number;
  owner = NO_OWNER;
  /** F_SETSIG; 0: SIGIO. */
  ownerSignal = 0;
  /** O_ASYNC: who is told that reading or writing is possible. */
  asyncSignals: AsyncSignals | undefined;
  /** F_NOTIFY: who is told of changes in the directory. */
  directoryWatch: DirectoryWatch | undefined;
  /** Locks it owns must go when it closes. */
  holdsLocks = false;
  /** Told when it closes, by whom it concerns: locks and epoll sets let go of it. */
  readonly onClose = new Map<object, () => void>();
  readonly #factories: FileFactories;
  readonly #notifier: Notifier | undefined;
  #holders = 1;

  constructor(options: DescriptionOptions) {
    this.reference = options.reference;
    this.#factories = options.factories;
    this.flags = options.flags;
    this.location = options.location;
    this.label = options.label ?? '';
    if (this.location !== undefined) this.#countUse(this.location, 1);
    this.#notifier = options.notifier;
    this.notify(IN_OPEN);
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

  #countUse({ mount, dentry }: Location, change: 1 | -1): void {
    dentry.users += change;
    mount.users += change;
    mount.mayExpire = false;
    if (this.canWrite) mount.writers += change;
  }

  /** Tells those who watch the file what was done through this description (IN_ bits). */
  notify(bits: number): void {
    const notifier = this.#notifier;
    if (notifier === undefined || notifier.isIdle || this.isPathOnly) return;
    notifier.atPlace(this.location?.dentry, bits, Reached.Opened);
  }

  retain(): this {
    if (++this.#holders === 2) this.#factories.share(this.reference);
    return this;
  }

  release(): void {
    if (--this.#holders > 0) return;
    this.notify(this.canWrite ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
    this.asyncSignals?.end();
    for (const told of this.onClose.values()) told();
    this.onClose.clear();
    this.reference.release();
    if (this.location === undefined) return;
    this.#countUse(this.location, -1);
    this.#notifier?.nameGone(this.location.dentry);
  }
}
