/**
 * Calls that k42 knows and always refuses, with the error of a Linux that was built without them or does not let the caller.
 * Unlike unknown numbers they do not appear in the log. Source: kernel/sys_ni.c; arch/x86/entry/syscalls/syscall_64.tbl.
 */
import { ENOSYS, EPERM } from '../abi/errno.ts';
import { refused, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';

interface Refusal {
  readonly errno: number;
  readonly reason: string;
  readonly calls: readonly (readonly [number: number, name: string])[];
}

const refusals: readonly Refusal[] = [
  {
    errno: ENOSYS,
    reason: 'no kernel modules, no kexec',
    calls: [
      [175, 'init_module'],
      [176, 'delete_module'],
      [313, 'finit_module'],
      [246, 'kexec_load'],
      [320, 'kexec_file_load'],
    ],
  },
  {
    errno: ENOSYS,
    reason: 'no key rings',
    calls: [
      [248, 'add_key'],
      [249, 'request_key'],
      [250, 'keyctl'],
    ],
  },
  {
    errno: ENOSYS,
    reason: 'no performance counters, no BPF programs, no accounting file',
    calls: [
      [163, 'acct'],
      [212, 'lookup_dcookie'],
      [298, 'perf_event_open'],
      [321, 'bpf'],
    ],
  },
  {
    errno: ENOSYS,
    reason: 'one memory node, no NUMA policy',
    calls: [
      [237, 'mbind'],
      [238, 'set_mempolicy'],
      [239, 'get_mempolicy'],
      [256, 'migrate_pages'],
      [279, 'move_pages'],
      [450, 'set_mempolicy_home_node'],
    ],
  },
  {
    errno: ENOSYS,
    reason: 'no user-mode paging, no memory hidden from the kernel, no shadow stacks',
    calls: [
      [323, 'userfaultfd'],
      [447, 'memfd_secret'],
      [453, 'map_shadow_stack'],
    ],
  },
  {
    errno: ENOSYS,
    reason: 'no security modules',
    calls: [
      [444, 'landlock_create_ruleset'],
      [445, 'landlock_add_rule'],
      [446, 'landlock_restrict_self'],
      [459, 'lsm_get_self_attr'],
      [460, 'lsm_set_self_attr'],
      [461, 'lsm_list_modules'],
    ],
  },
  {
    errno: ENOSYS,
    reason: 'no quotas',
    calls: [
      [179, 'quotactl'],
      [443, 'quotactl_fd'],
    ],
  },
  {
    errno: ENOSYS,
    reason: 'newer than the kernel that uname tells of',
    calls: [
      [451, 'cachestat'],
      [457, 'statmount'],
      [458, 'listmount'],
      [462, 'mseal'],
    ],
  },
  {
    errno: EPERM,
    reason: 'nothing is ever swapped out',
    calls: [
      [167, 'swapon'],
      [168, 'swapoff'],
    ],
  },
  {
    errno: ENOSYS,
    reason: 'no fanotify: inotify tells of changes',
    calls: [
      [300, 'fanotify_init'],
      [301, 'fanotify_mark'],
    ],
  },
  {
    errno: ENOSYS,
    reason: 'no 32-bit segments, no I/O ports',
    calls: [
      [154, 'modify_ldt'],
      [172, 'iopl'],
      [173, 'ioperm'],
      [205, 'set_thread_area'],
      [211, 'get_thread_area'],
    ],
  },
  {
    errno: ENOSYS,
    reason: 'removed from Linux, or never implemented there',
    calls: [
      [134, 'uselib'],
      [139, 'sysfs'],
      [156, '_sysctl'],
      [174, 'create_module'],
      [177, 'get_kernel_syms'],
      [178, 'query_module'],
      [180, 'nfsservctl'],
      [181, 'getpmsg'],
      [182, 'putpmsg'],
      [183, 'afs_syscall'],
      [184, 'tuxcall'],
      [185, 'security'],
      [214, 'epoll_ctl_old'],
      [215, 'epoll_wait_old'],
      [236, 'vserver'],
    ],
  },
];

export const refusedSyscalls: readonly SyscallDefinition[] = refusals.flatMap(({ errno, reason, calls }) =>
  calls.map(([number, name]) => syscall(number, name, [], () => -errno, refused(reason))),
);
