/**
 * Calls that k42 knows and always refuses, with the error of a Linux that was built without them or does not let the caller.
 * Unlike unknown numbers they do not appear in the log.
 */
import { ENOSYS, EOPNOTSUPP, EPERM } from '../abi/errno.ts';
import { refused, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';

const REASONS = {
  tracing: 'no tracing of other processes',
  modules: 'no kernel modules, no kexec',
  seccomp: 'no system call filters',
  keys: 'no key rings',
  events: 'no performance counters, no BPF',
  uring: 'no asynchronous I/O rings: callers use ordinary calls',
  numa: 'no NUMA policy',
  mounts: 'mounts are made from outside the machine',
  handles: 'no file handles',
  watching: 'no file notification',
  segments: 'no 32-bit segments',
  old: 'removed from Linux, or never implemented there',
} as const;

const rows: readonly (readonly [number: number, name: string, errno: number, reason: keyof typeof REASONS])[] = [
  [101, 'ptrace', EPERM, 'tracing'],
  [175, 'init_module', EPERM, 'modules'],
  [176, 'delete_module', EPERM, 'modules'],
  [313, 'finit_module', EPERM, 'modules'],
  [246, 'kexec_load', EPERM, 'modules'],
  [317, 'seccomp', ENOSYS, 'seccomp'],
  [248, 'add_key', ENOSYS, 'keys'],
  [249, 'request_key', ENOSYS, 'keys'],
  [250, 'keyctl', ENOSYS, 'keys'],
  [298, 'perf_event_open', ENOSYS, 'events'],
  [321, 'bpf', ENOSYS, 'events'],
  [425, 'io_uring_setup', ENOSYS, 'uring'],
  [426, 'io_uring_enter', ENOSYS, 'uring'],
  [427, 'io_uring_register', ENOSYS, 'uring'],
  [206, 'io_setup', ENOSYS, 'uring'],
  [237, 'mbind', ENOSYS, 'numa'],
  [238, 'set_mempolicy', ENOSYS, 'numa'],
  [239, 'get_mempolicy', ENOSYS, 'numa'],
  [165, 'mount', EPERM, 'mounts'],
  [166, 'umount2', EPERM, 'mounts'],
  [155, 'pivot_root', EPERM, 'mounts'],
  [167, 'swapon', EPERM, 'mounts'],
  [168, 'swapoff', EPERM, 'mounts'],
  [163, 'acct', ENOSYS, 'events'],
  [303, 'name_to_handle_at', EOPNOTSUPP, 'handles'],
  [304, 'open_by_handle_at', EPERM, 'handles'],
  [253, 'inotify_init', ENOSYS, 'watching'],
  [294, 'inotify_init1', ENOSYS, 'watching'],
  [300, 'fanotify_init', ENOSYS, 'watching'],
  [154, 'modify_ldt', ENOSYS, 'segments'],
  [205, 'set_thread_area', ENOSYS, 'segments'],
  [211, 'get_thread_area', ENOSYS, 'segments'],
  [172, 'iopl', EPERM, 'old'],
  [173, 'ioperm', EPERM, 'old'],
  [174, 'create_module', ENOSYS, 'old'],
  [156, '_sysctl', ENOSYS, 'old'],
  [178, 'query_module', ENOSYS, 'old'],
  [180, 'nfsservctl', ENOSYS, 'old'],
  [134, 'uselib', ENOSYS, 'old'],
];

const plain = rows.map(([number, name, errno, reason]) =>
  syscall(number, name, [], () => -errno, refused(REASONS[reason])),
);

export const refusedSyscalls: readonly SyscallDefinition[] = plain;
