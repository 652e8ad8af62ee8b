/**
 * What fsopen and fspick give: a mount in the making, or one being changed. Parameters are collected one by one, then a command makes the tree of
 * them. Source: Documentation/filesystems/mount_api.rst; fs/fsopen.c, fs/fs_context.c.
 */
import { bytesFromString } from '../../../kernel/byte-string.ts';
import type { ByteString } from '../../../kernel/byte-string.ts';
import { Status } from '../../../kernel/status.ts';
import { UnseekableFile } from '../../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../../kernel/wait-queue.ts';
import { EBUSY, EINVAL, EMSGSIZE, ENODATA } from '../../abi/errno.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { Description } from '../description.ts';
import type { LinuxFile } from '../linux-file.ts';
import type { SuperBlock } from '../mount.ts';
import { scatter, totalLength } from '../transfer.ts';
import type { Segment } from '../transfer.ts';
import type { NewTree } from './tmpfs.ts';
import { checkOption, hasParameter, makeTree, remountTree } from './types.ts';

/** Source: include/linux/fs_context.h, enum fs_context_phase. */
export const Phase = {
  CreateParameters: 'create parameters',
  AwaitingMount: 'awaiting mount',
  AwaitingChange: 'awaiting change',
  ChangeParameters: 'change parameters',
  Failed: 'failed',
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** Words about the tree as a whole, and whether it is read-only after them. */
const treeFlags: Readonly<Record<string, boolean | undefined>> = {
  ro: true,
  rw: false,
  dirsync: undefined,
  sync: undefined,
  async: undefined,
  lazytime: undefined,
  nolazytime: undefined,
  mand: undefined,
  nomand: undefined,
};

export class MountContext extends UnseekableFile implements LinuxFile {
  readonly waitQueue = new WaitQueue();
  readonly type: ByteString;
  phase: Phase;
  source: ByteString | undefined;
  isReadOnly: boolean;
  /** Made by the command to create. */
  tree: NewTree | undefined;
  #changed: SuperBlock | undefined;
  #options: string[] = [];
  readonly #messages: string[] = [];

  /** To make a tree of this type, or to change one. */
  constructor(type: ByteString, changed?: SuperBlock) {
    super();
    this.type = type;
    this.#changed = changed;
    this.isReadOnly = changed?.isReadOnly ?? false;
    this.phase = changed === undefined ? Phase.CreateParameters : Phase.ChangeParameters;
  }

  /** Takes a parameter; a flag has no value. */
  set(thread: LinuxThread, name: ByteString, value: ByteString | undefined): number {
    if (this.phase === Phase.AwaitingChange) this.phase = Phase.ChangeParameters;
    if (this.phase !== Phase.CreateParameters && this.phase !== Phase.ChangeParameters) return -EBUSY;
    if (Object.hasOwn(treeFlags, name)) {
      this.isReadOnly = treeFlags[name] ?? this.isReadOnly;
      return 0;
    }
    if (name === 'source') return this.#setSource(value);
    const option = value === undefined ? name : `${name}=${value}`;
    const refused = checkOption(thread, this.type, option);
    if (refused >= 0) this.#options.push(option);
    else if (hasParameter(this.type, name)) this.#complain(`${this.type}: Bad value for '${name}'`);
    else this.#complain(`${this.type}: Unknown parameter '${name}'`);
    return refused;
  }

  #setSource(value: ByteString | undefined): number {
    if (value !== undefined && this.source === undefined) {
      this.source = value;
      return 0;
    }
    this.#complain(value === undefined ? 'Non-string source' : 'Multiple sources');
    return -EINVAL;
  }

  /** For whoever reads it: errors begin with an e. */
  #complain(words: string): void {
    this.#messages.push(`e ${words}\n`);
  }

  /** Whether it is about a tree that is there. */
  get hasTree(): boolean {
    return this.tree !== undefined || this.#changed !== undefined;
  }

  create(thread: LinuxThread): number {
    if (this.phase !== Phase.CreateParameters) return -EBUSY;
    const tree = makeTree(thread, this.type, this.#options.join(','));
    this.phase = typeof tree === 'number' ? Phase.Failed : Phase.AwaitingMount;
    if (typeof tree === 'number') return tree;
    this.tree = tree;
    this.#options = [];
    return 0;
  }

  /** The tree has a mount: what may come now is changing it. */
  mounted(superBlock: SuperBlock): void {
    this.#changed = superBlock;
    this.phase = Phase.AwaitingChange;
  }

  change(thread: LinuxThread): number {
    if (this.phase === Phase.AwaitingChange) this.phase = Phase.ChangeParameters;
    if (this.phase !== Phase.ChangeParameters || this.#changed === undefined) return -EBUSY;
    const refused = remountTree(thread, this.#changed, this.#options.join(','));
    this.phase = refused < 0 ? Phase.Failed : Phase.AwaitingChange;
    if (refused < 0) return refused;
    this.#changed.isReadOnly = this.isReadOnly;
    this.#options = [];
    return 0;
  }

  /** What went wrong, one message a read. */
  transferIn(thread: LinuxThread, _description: Description, segments: readonly Segment[]): number {
    const message = this.#messages[0];
    if (message === undefined) return -ENODATA;
    if (totalLength(segments) < message.length) return -EMSGSIZE;
    this.#messages.shift();
    return scatter(thread, segments, 0, bytesFromString(message));
  }

  read(): number {
    return Status.Invalid;
  }

  write(): number {
    return Status.Invalid;
  }

  readiness(): number {
    return 0;
  }
}
