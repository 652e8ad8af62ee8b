/** Making pidfds, and getting from a descriptor to its process. */
import { EBADF } from '../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK } from '../abi/fcntl.ts';
import { installObject } from '../fs/calls/events.ts';
import type { LinuxProcess } from '../process/process.ts';
import { ProcDirectory } from '../adapters/proc-node.ts';
import type { LinuxThread } from '../process/thread.ts';
import { ProcessFile } from './process-file.ts';

/** A new descriptor, closed by execve, or −EMFILE. `target` is given for PIDFD_THREAD. */
export function installPidfd(caller: LinuxThread, process: LinuxProcess, flags: number, target?: LinuxThread): number {
  return installObject(caller, 'pidfd', new ProcessFile(process, target), O_CLOEXEC | (flags & O_NONBLOCK));
}

/** Whom a signal is for: a pidfd's process, or the one whose directory in /proc is open. Source: kernel/signal.c, pidfd_to_pid. */
export function signalTargetAt(thread: LinuxThread, fd: number): Pick<ProcessFile, 'process' | 'thread'> | number {
  const description = thread.process.files.get(fd);
  if (description === undefined || description.isPathOnly) return -EBADF;
  const { file, node } = description;
  if (file instanceof ProcessFile) return file;
  return node instanceof ProcDirectory && node.process !== undefined
    ? { process: node.process, thread: undefined }
    : -EBADF;
}

/** The object behind a pidfd, or −EBADF. */
export function processFileAt(thread: LinuxThread, fd: number): ProcessFile | number {
  const description = thread.process.files.get(fd);
  if (description === undefined || description.isPathOnly) return -EBADF;
  return description.file instanceof ProcessFile ? description.file : -EBADF;
}
