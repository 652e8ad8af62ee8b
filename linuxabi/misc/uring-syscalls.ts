/** io_uring, as where /proc/sys/kernel/io_uring_disabled is 2. Source: io_uring_setup(2); io_uring/io_uring.c. */
import { EBADF, EINVAL, EOPNOTSUPP, EPERM } from '../abi/errno.ts';
import { usable } from '../fs/descriptors.ts';
import type { LinuxThread } from '../process/thread.ts';
import { fd, pointer, refused, size, syscall, uint } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';

/** No descriptor is a ring. */
function notRing(thread: LinuxThread, fdNumber: number): number {
  return typeof usable(thread, fdNumber) === 'number' ? -EBADF : -EOPNOTSUPP;
}

/** Flags of io_uring_enter that a 6.1 kernel knows. */
const ENTER_FLAGS = 0x1f;
const REGISTER_OPERATIONS = 26;

const missing = refused('disabled, as the sysctl says: callers use ordinary calls');

export const uringSyscalls: readonly SyscallDefinition[] = [
  syscall(425, 'io_uring_setup', [uint('entries'), pointer('params')], () => -EPERM, missing),
  syscall(
    426,
    'io_uring_enter',
    [fd('fd'), uint('to_submit'), uint('min_complete'), uint('flags'), pointer('arg'), size('argsz')],
    (thread, ring, _submit, _complete, enterFlags) =>
      (enterFlags & ~ENTER_FLAGS) !== 0 ? -EINVAL : notRing(thread, ring),
    missing,
  ),
  syscall(
    427,
    'io_uring_register',
    [fd('fd'), uint('opcode'), pointer('arg'), uint('nr_args')],
    (thread, ring, opcode) => (opcode >= REGISTER_OPERATIONS ? -EINVAL : notRing(thread, ring)),
    missing,
  ),
];
