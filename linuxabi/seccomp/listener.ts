/** The descriptor of a supervisor: calls that a filter leaves to it are received, looked into and answered. Source: seccomp_unotify(2); kernel/seccomp.c. */
import { guestAddress } from '../../cpu/address.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { EBADF, EINPROGRESS, EINVAL, ENOENT, ENOSYS, ENOTCONN } from '../abi/errno.ts';
import { O_CLOEXEC } from '../abi/fcntl.ts';
import * as abi from '../abi/seccomp.ts';
import { block, Restart, WAIT } from '../blocking.ts';
import { descriptorLimit, install, usable } from '../fs/descriptors.ts';
import { OnExec } from '../fs/fd-table.ts';
import type { LinuxFile } from '../fs/linux-file.ts';
import { readBytes, writeBytes } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { SeccompFilter } from './filter.ts';
import { Notification } from './notification.ts';

const { seccomp_notif, seccomp_notif_resp, seccomp_notif_addfd } = abi;

export class ListenerFile extends UnseekableFile implements LinuxFile {
  readonly waitQueue = new WaitQueue();
  readonly #filter: SeccompFilter;
  /** In the order in which the calls were made. */
  readonly #notifications = new Set<Notification>();
  #nextId: bigint;

  /** `firstId`: so that the ids of two listeners are not mistaken for each other. */
  constructor(filter: SeccompFilter, firstId: bigint) {
    super();
    this.#filter = filter;
    this.#nextId = firstId;
  }

  /** A call waits for the supervisor. */
  announce(thread: LinuxThread, data: Uint8Array): Notification {
    const notification = new Notification(this.#nextId, thread, data);
    this.#nextId = BigInt.asUintN(64, this.#nextId + 1n);
    this.#notifications.add(notification);
    this.waitQueue.wake();
    return notification;
  }

  /** Nobody waits for an answer any more. */
  withdraw(notification: Notification): void {
    this.#notifications.delete(notification);
  }

  read(): number {
    return Status.Invalid;
  }

  write(): number {
    return Status.Invalid;
  }

  readiness(): number {
    const states = [...this.#notifications].map(({ state }) => state);
    let ready = 0;
    if (states.includes('waiting')) ready |= Ready.Readable;
    if (states.includes('told')) ready |= Ready.Writable;
    return this.#filter.users > 0 ? ready : ready | Ready.HangUp;
  }

  /** Nobody will answer: the calls are as if they were not there. */
  override release(): void {
    this.#filter.listener = undefined;
    for (const each of this.#notifications) if (each.state !== 'answered') each.answer(-ENOSYS);
  }

  ioctl(thread: LinuxThread, request: number, argument: GuestAddress): number {
    switch (request >>> 0) {
      case abi.SECCOMP_IOCTL_NOTIF_RECV:
        return this.#receive(thread, argument);
      case abi.SECCOMP_IOCTL_NOTIF_SEND:
        return this.#send(thread, argument);
      case abi.SECCOMP_IOCTL_NOTIF_ID_VALID:
      case abi.SECCOMP_IOCTL_NOTIF_ID_VALID_WRONG_DIR:
        return this.#find(readId(thread, argument))?.state === 'told' ? 0 : -ENOENT;
      case abi.SECCOMP_IOCTL_NOTIF_SET_FLAGS:
        return (argument as number) <= abi.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP ? 0 : -EINVAL;
      case abi.SECCOMP_IOCTL_NOTIF_ADDFD:
        return this.#addDescriptor(thread, argument);
      default:
        return -EINVAL;
    }
  }

  #find(id: bigint): Notification | undefined {
    for (const each of this.#notifications) if (each.id === id) return each;
    return undefined;
  }

  #receive(thread: LinuxThread, at: GuestAddress): number {
    if (readBytes(thread.memory, at, seccomp_notif.size).some((byte) => byte !== 0)) return -EINVAL;
    const attempt = (): number => {
      const next = [...this.#notifications].find(({ state }) => state === 'waiting');
      if (next === undefined) return this.#filter.users > 0 ? WAIT : -ENOTCONN;
      const bytes = new Uint8Array(seccomp_notif.size);
      const view = new DataView(bytes.buffer);
      view.setBigUint64(seccomp_notif.id, next.id, true);
      view.setUint32(seccomp_notif.pid, next.thread.tid, true);
      bytes.set(next.data, seccomp_notif.data);
      writeBytes(thread.memory, at, bytes);
      next.state = 'told';
      this.waitQueue.wake();
      return 0;
    };
    return block(thread, { attempt, queues: [this.waitQueue], restart: Restart.Sys });
  }

  #send(thread: LinuxThread, at: GuestAddress): number {
    const view = viewOf(thread, at, seccomp_notif_resp.size);
    const flags = view.getUint32(seccomp_notif_resp.flags, true);
    const error = view.getInt32(seccomp_notif_resp.error, true);
    const value = Number(view.getBigInt64(seccomp_notif_resp.val, true));
    if ((flags & ~abi.SECCOMP_USER_NOTIF_FLAG_CONTINUE) !== 0) return -EINVAL;
    if (flags !== 0 && (error !== 0 || value !== 0)) return -EINVAL;
    const found = this.#find(view.getBigUint64(seccomp_notif_resp.id, true));
    if (found === undefined) return -ENOENT;
    if (found.state !== 'told') return -EINPROGRESS;
    found.answer(error === 0 ? value : error, flags === 0 ? 'in its place' : 'carry it out');
    return 0;
  }

  /** A descriptor for the supervised process, of one that the supervisor has. */
  #addDescriptor(thread: LinuxThread, at: GuestAddress): number {
    const view = viewOf(thread, at, seccomp_notif_addfd.size);
    const word = (offset: number): number => view.getUint32(offset, true);
    const flags = word(seccomp_notif_addfd.flags);
    const newFlags = word(seccomp_notif_addfd.newfd_flags);
    const number = word(seccomp_notif_addfd.newfd);
    const isChosen = (flags & abi.SECCOMP_ADDFD_FLAG_SETFD) !== 0;
    if ((newFlags & ~O_CLOEXEC) !== 0) return -EINVAL;
    if ((flags & ~(abi.SECCOMP_ADDFD_FLAG_SETFD | abi.SECCOMP_ADDFD_FLAG_SEND)) !== 0) return -EINVAL;
    if (number !== 0 && !isChosen) return -EINVAL;
    const description = usable(thread, word(seccomp_notif_addfd.srcfd) | 0);
    if (typeof description === 'number') return -EBADF;
    const found = this.#find(view.getBigUint64(seccomp_notif_addfd.id, true));
    if (found === undefined) return -ENOENT;
    if (found.state !== 'told') return -EINPROGRESS;
    const target = found.thread;
    if (isChosen && number >= descriptorLimit(target)) return -EBADF;
    const held = description.retain();
    let result = number;
    if (isChosen) target.process.files.set(number, held, newFlags === 0 ? OnExec.Keep : OnExec.Close);
    else result = install(target, held, newFlags);
    if (result < 0) return result;
    if ((flags & abi.SECCOMP_ADDFD_FLAG_SEND) !== 0) found.answer(result);
    return result;
  }
}

function viewOf(thread: LinuxThread, at: GuestAddress, size: number): DataView {
  return new DataView(readBytes(thread.memory, guestAddress(at), size).buffer);
}

function readId(thread: LinuxThread, at: GuestAddress): bigint {
  return viewOf(thread, at, 8).getBigUint64(0, true);
}
