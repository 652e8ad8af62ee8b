/** F_SETLEASE, F_GETLEASE and F_NOTIFY; and openings that break leases. Source: fcntl(2); fs/locks.c, fs/notify/dnotify/dnotify.c. */
import { NodeKind } from '../../kernel/file-server.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { CAP_LEASE } from '../abi/capability.ts';
import { EACCES, EAGAIN, EINVAL, ENOTDIR } from '../abi/errno.ts';
import { F_RDLCK, F_UNLCK, F_WRLCK, O_ACCMODE, O_NONBLOCK, O_RDONLY, O_TRUNC } from '../abi/fcntl.ts';
import { POLL_MSG } from '../abi/signal.ts';
import { POLLIN, POLLMSG, POLLRDNORM } from '../abi/poll.ts';
import { block, Restart, WAIT } from '../blocking.ts';
import { capable } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { Description } from './description.ts';
import { ownUnlessOwned } from './file-owner.ts';
import { DirectoryWatch } from './notify/directory-watch.ts';
import { signalEvent } from './owner-signal.ts';

/** What comes with the signal. Source: fs/fcntl.c, band_table. */
const MESSAGE_BAND = POLLIN | POLLRDNORM | POLLMSG;

function tell(thread: LinuxThread, description: Description, fd: number): void {
  signalEvent(thread.machine.tasks, description, { fd, code: POLL_MSG, band: MESSAGE_BAND });
}

export function getLease(thread: LinuxThread, description: Description): number {
  return thread.process.fs.system.leases.typeOf(description);
}

export function setLease(thread: LinuxThread, description: Description, fd: number, type: number): number {
  const { leases } = thread.process.fs.system;
  const { node } = description;
  const { credentials } = thread.process;
  if (type === F_UNLCK) return leases.remove(description) ? 0 : -EAGAIN;
  if (type !== F_RDLCK && type !== F_WRLCK) return -EINVAL;
  if (thread.machine.settings.number('fs/leases-enable') === 0) return -EINVAL;
  if (node === undefined) return -EINVAL;
  if (node.attributes().owner !== credentials.fsuid && !capable(credentials, CAP_LEASE)) return -EACCES;
  if (node.kind !== NodeKind.File) return -EINVAL;
  if (isUsedByOthers(thread, description, type) || leases.isRefused(description, type)) return -EAGAIN;
  const isNew = leases.typeOf(description) === F_UNLCK;
  leases.set(description, fd, type);
  if (!isNew) return 0;
  ownUnlessOwned(thread, description);
  description.onClose.set(leases, () => leases.remove(description));
  return 0;
}

/** A read lease needs a file that nobody writes, a write lease one that nobody else has open. */
function isUsedByOthers(thread: LinuxThread, own: Description, type: number): boolean {
  for (const { files, exited } of thread.machine.tasks.processes.values()) {
    if (exited) continue;
    for (const [, other] of files.descriptors()) {
      if (other.isPathOnly || other.node !== own.node) continue;
      if (type === F_RDLCK ? other.canWrite : other !== own) return true;
    }
  }
  return false;
}

/** Before an opening (or truncation) goes on: 0, −EAGAIN when it would not wait, or WAIT while a holder may still let go. */
export function breakLeases(thread: LinuxThread, node: FileNode, openFlags: number): number {
  const { machine } = thread;
  const { leases } = thread.process.fs.system;
  if (leases.isEmpty) return 0;
  const writes = (openFlags & O_ACCMODE) !== O_RDONLY || (openFlags & O_TRUNC) !== 0;
  const isFree = leases.breakFor(node, {
    wanted: writes ? 'write' : 'read',
    nowNs: machine.nowNs(),
    breakTimeNs: machine.settings.number('fs/lease-break-time') * 1e9,
    tell: (description, fd) => tell(thread, description, fd),
  });
  if (isFree) return 0;
  return (openFlags & O_NONBLOCK) !== 0 ? -EAGAIN : WAIT;
}

/** Takes a step that may have to WAIT for holders of leases: again when one lets go, and when their time is over. */
export function afterLeases(thread: LinuxThread, step: () => number): number {
  const first = step();
  if (first !== WAIT) return first;
  const { leases } = thread.process.fs.system;
  return block(thread, {
    attempt: step,
    queues: [leases.changed],
    deadlineNs: leases.deadlineNs,
    onTimeout: step,
    restart: Restart.Sys,
  });
}

export function notifyDirectory(thread: LinuxThread, description: Description, fd: number, bits: number): number {
  const { node } = description;
  if (thread.machine.settings.number('fs/dir-notify-enable') === 0) return -EINVAL;
  if (node?.kind !== NodeKind.Directory) return -ENOTDIR;
  let watch = description.directoryWatch;
  if (watch === undefined) {
    watch = new DirectoryWatch(node, thread.process.fs.system.notifier, () => tell(thread, description, fd));
    description.directoryWatch = watch;
    description.onClose.set(watch, () => description.directoryWatch?.end());
  }
  ownUnlessOwned(thread, description);
  watch.ask(bits);
  return 0;
}
