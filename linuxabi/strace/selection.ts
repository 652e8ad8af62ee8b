/** --trace=SET: which calls are shown, in the words of strace -e trace=: names, %classes, all, none, ! before the set for the rest. */
import { ArgumentKind } from '../syscall.ts';
import { syscallTable } from '../syscall-table.ts';

const words = (text: string): readonly string[] => text.split(' ');

/** Source: strace(1), -e trace. %file is what takes a path, %desc what takes a descriptor; the rest are lists. */
const classes: Readonly<Record<string, readonly string[]>> = {
  '%file': [...takers(ArgumentKind.Path), 'getcwd'],
  '%desc': [
    ...takers(ArgumentKind.Fd),
    ...words(
      'pipe pipe2 mmap poll ppoll select pselect6 epoll_create epoll_create1 eventfd eventfd2 memfd_create open openat creat',
    ),
  ],
  '%process': words(
    'fork vfork clone clone3 execve execveat exit exit_group wait4 waitid kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo',
  ),
  '%signal': words(
    'rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_sigsuspend rt_tgsigqueueinfo sigaltstack kill tkill tgkill pause signalfd signalfd4',
  ),
  '%memory': words(
    'brk mmap munmap mprotect mremap msync mincore madvise mlock mlock2 munlock mlockall munlockall pkey_mprotect',
  ),
  '%network': words(
    'socket socketpair connect accept accept4 bind listen sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg shutdown getsockname getpeername setsockopt getsockopt sendfile',
  ),
};

function takers(kind: ArgumentKind): string[] {
  return syscallTable.flatMap((definition) =>
    definition?.arguments.some((arg) => arg.kind === kind) ? [definition.name] : [],
  );
}

/** The test for a set, or what is wrong with the set. */
export function parseSelection(set: string): ((name: string) => boolean) | string {
  const inverted = set.startsWith('!');
  const names = new Set<string>();
  for (const word of set.slice(inverted ? 1 : 0).split(',')) {
    if (word === 'none') continue;
    if (word === 'all') for (const definition of syscallTable) names.add(definition?.name ?? '');
    else if (classes[word] !== undefined) for (const name of classes[word]) names.add(name);
    else if (syscallTable.some((definition) => definition?.name === word)) names.add(word);
    else return `invalid system call '${word}'`;
  }
  return (name) => names.has(name) !== inverted;
}
