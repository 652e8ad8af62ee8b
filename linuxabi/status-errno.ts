/** The one place where the kernel's neutral status codes become Linux's error numbers. */
import { Status } from '../kernel/status.ts';
import * as errno from './abi/errno.ts';

const errnoByStatus: Readonly<Record<Status, number>> = {
  [Status.Ok]: 0,
  [Status.WouldBlock]: errno.EAGAIN,
  [Status.NotFound]: errno.ENOENT,
  [Status.Exists]: errno.EEXIST,
  [Status.NotDirectory]: errno.ENOTDIR,
  [Status.IsDirectory]: errno.EISDIR,
  [Status.NotEmpty]: errno.ENOTEMPTY,
  [Status.NotPermitted]: errno.EPERM,
  [Status.AccessDenied]: errno.EACCES,
  [Status.Invalid]: errno.EINVAL,
  [Status.NotSupported]: errno.EOPNOTSUPP,
  [Status.NoSpace]: errno.ENOSPC,
  [Status.ReadOnly]: errno.EROFS,
  [Status.CrossServer]: errno.EXDEV,
  [Status.TooManyLinks]: errno.EMLINK,
  [Status.NameTooLong]: errno.ENAMETOOLONG,
  [Status.TooManySymbolicLinks]: errno.ELOOP,
  [Status.TooLarge]: errno.EFBIG,
  [Status.BrokenStream]: errno.EPIPE,
  [Status.NotSeekable]: errno.ESPIPE,
  [Status.BadAddress]: errno.EFAULT,
  [Status.OutOfMemory]: errno.ENOMEM,
  [Status.Interrupted]: errno.EINTR,
  [Status.Busy]: errno.EBUSY,
  [Status.InputOutput]: errno.EIO,
  [Status.WrongKind]: errno.ENOTTY,
  [Status.NoDevice]: errno.ENODEV,
  [Status.TimedOut]: errno.ETIMEDOUT,
  [Status.TextBusy]: errno.ETXTBSY,
  [Status.Exhausted]: errno.EMFILE,
  [Status.BadHandle]: errno.EBADF,
  [Status.Gone]: errno.ESRCH,
};

/** A kernel result as a syscall result: counts stay, a status becomes −errno. */
export function linuxResult(result: number): number {
  if (result >= 0) return result;
  return -(errnoByStatus[result as Status] ?? errno.EIO);
}

const statusByErrno = new Map(
  Object.entries(errnoByStatus).map(([status, number]) => [number, Number(status) as Status]),
);

/** −errno as the kernel's objects answer it. */
export function statusOf(negativeErrno: number): Status {
  return statusByErrno.get(-negativeErrno) ?? Status.InputOutput;
}
