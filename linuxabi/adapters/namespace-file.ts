/** An open file of /proc/PID/ns: it keeps its namespace alive, and can be asked about. Source: ioctl_nsfs(2) (NS_GET_USERNS and its relatives); fs/nsfs.c. */
import { guestAddress } from '../../cpu/address.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { EINVAL, ENOTTY, EPERM } from '../abi/errno.ts';
import { O_CLOEXEC, O_RDONLY } from '../abi/fcntl.ts';
import { NS_GET_NSTYPE, NS_GET_OWNER_UID, NS_GET_PARENT, NS_GET_USERNS } from '../abi/ioctl.ts';
import { CLONE_NEWPID, CLONE_NEWUSER } from '../abi/sched.ts';
import { install } from '../fs/descriptors.ts';
import type { LinuxFile } from '../fs/linux-file.ts';
import { MountNamespace } from '../fs/mount-namespace.ts';
import type { Location } from '../fs/mount.ts';
import { openLocation } from '../fs/opening.ts';
import type { LinuxThread } from '../process/thread.ts';

export class NamespaceFile extends UnseekableFile implements LinuxFile {
  readonly waitQueue = new WaitQueue();
  /** CLONE_NEW… of its kind. */
  readonly kind: number;
  /** What setns enters; of a kind that can't be made, anything. */
  readonly namespace: object;
  readonly #node: FileNode;
  readonly #owner: () => Location;

  /** `owner`: the place of the user namespace that owns it. */
  constructor(node: FileNode, kind: number, namespace: object, owner: () => Location) {
    super();
    this.#node = node;
    this.kind = kind;
    this.namespace = namespace instanceof MountNamespace ? namespace.share() : namespace;
    this.#owner = owner;
  }

  override release(): void {
    if (this.namespace instanceof MountNamespace) this.namespace.release();
  }

  override get node(): FileNode {
    return this.#node;
  }

  read(): number {
    return Status.Invalid;
  }

  write(): number {
    return Status.Invalid;
  }

  readiness(): number {
    return Ready.Readable | Ready.Writable;
  }

  /** None has a parent that could be seen: user and PID namespaces are the first of their kinds. */
  ioctl(thread: LinuxThread, request: number, argument: GuestAddress): number {
    switch (request >>> 0) {
      case NS_GET_NSTYPE:
        return this.kind;
      case NS_GET_USERNS:
        return this.kind === CLONE_NEWUSER ? -EPERM : this.#openOwner(thread);
      case NS_GET_PARENT:
        return this.kind === CLONE_NEWUSER || this.kind === CLONE_NEWPID ? -EPERM : -EINVAL;
      case NS_GET_OWNER_UID:
        if (this.kind !== CLONE_NEWUSER) return -EINVAL;
        thread.memory.writeU32(guestAddress(argument), 0);
        return 0;
      default:
        return -ENOTTY;
    }
  }

  #openOwner(thread: LinuxThread): number {
    const opened = openLocation(thread, this.#owner(), O_RDONLY | O_CLOEXEC);
    return typeof opened === 'number' ? opened : install(thread, opened, O_CLOEXEC);
  }
}
