/** Failures of Node's file calls → kernel statuses. */
import { Status } from '../../kernel/status.ts';

const STATUS_OF: Readonly<Record<string, Status>> = {
  ENOENT: Status.NotFound,
  EEXIST: Status.Exists,
  ENOTDIR: Status.NotDirectory,
  EISDIR: Status.IsDirectory,
  ENOTEMPTY: Status.NotEmpty,
  EPERM: Status.NotPermitted,
  EACCES: Status.AccessDenied,
  EINVAL: Status.Invalid,
  ENOSPC: Status.NoSpace,
  EDQUOT: Status.NoSpace,
  EROFS: Status.ReadOnly,
  EXDEV: Status.CrossServer,
  EMLINK: Status.TooManyLinks,
  ENAMETOOLONG: Status.NameTooLong,
  ELOOP: Status.TooManySymbolicLinks,
  EFBIG: Status.TooLarge,
  EBUSY: Status.Busy,
  EMFILE: Status.Exhausted,
  ENFILE: Status.Exhausted,
  ENOTSUP: Status.NotSupported,
  EOPNOTSUPP: Status.NotSupported,
};

/** Runs a host file call; its failure becomes a Status. */
export function attempt<T>(call: () => T): T | Status {
  try {
    return call();
  } catch (failure) {
    return statusOf(failure);
  }
}

export function statusOf(failure: unknown): Status {
  const code = (failure as NodeJS.ErrnoException).code;
  if (code === undefined) throw failure;
  return STATUS_OF[code] ?? Status.InputOutput;
}
