/** The commands of `k42`, by name. Each module is loaded when its command runs: start-up time is part of every run. */
export interface CommandEntry {
  readonly summary: string;
  /** Shown in the help under the command's name. */
  readonly usage: string;
  /** Such a run has met the code that the next one will need: worth keeping (load-cached.cjs). */
  readonly runsGuest?: true;
  /** Words after the command's name → exit status. */
  run(words: readonly string[]): Promise<number>;
}

export const commands: Readonly<Record<string, CommandEntry>> = {
  shell: {
    summary: 'an interactive shell in the root file system (the default command)',
    usage: 'k42 [shell] [OPTIONS]',
    runsGuest: true,
    run: async (words) => (await import('./run-command.ts')).shell(words),
  },
  run: {
    summary: 'run a program of the root file system',
    usage: 'k42 run [OPTIONS] PROG [ARG…]',
    runsGuest: true,
    run: async (words) => (await import('./run-command.ts')).run(words),
  },
  exec: {
    summary: 'run a program of the host, like qemu-user; sees the current folder and the program’s own',
    usage: 'k42 [exec] [OPTIONS] ./PROG [ARG…]',
    runsGuest: true,
    run: async (words) => (await import('./run-command.ts')).execHostProgram(words),
  },
  disasm: {
    summary: 'the code of an ELF file in Intel syntax: all of it, a symbol’s, or a range of addresses',
    usage: 'k42 disasm FILE [SYMBOL|ADDRESS[-ADDRESS]]',
    run: async (words) => (await import('./disasm-command.ts')).disasm(words),
  },
  rootfs: {
    summary: 'make a root from Debian packages, fetched with the system’s package client',
    usage: 'k42 rootfs build debian --packages A,B -o DIR|TAR',
    run: async (words) => (await import('./rootfs-command.ts')).rootfs(words),
  },
  inspect: {
    summary: 'the live objects of a running machine, and who refers to them',
    usage: 'k42 inspect [--list|--types] [--json]',
    run: async (words) => (await import('./inspect-command.ts')).inspect(words),
  },
  swap: {
    summary: 'give a live object another implementation, with its data',
    usage: 'k42 swap OBJECT IMPLEMENTATION',
    run: async (words) => (await import('./inspect-command.ts')).swap(words),
  },
  upgrade: {
    summary: 'replace an implementation and all its objects while programs run',
    usage: 'k42 upgrade TYPE MODULE',
    run: async (words) => (await import('./inspect-command.ts')).upgrade(words),
  },
  top: {
    summary: 'the tasks of a running machine and what they use',
    usage: 'k42 top [-b] [-n N] [--json]',
    run: async (words) => (await import('./top-command.ts')).top(words),
  },
  syscalls: {
    summary: 'which system calls are supported, and how far',
    usage: 'k42 syscalls [--json]',
    run: async (words) => (await import('./syscalls-command.ts')).listSyscalls(words),
  },
  conformance: {
    summary: 'run the conformance programs and compare with Linux (needs gcc)',
    usage: 'k42 conformance [FAMILY] [--against host] [--json] [--html FILE]',
    run: async (words) => (await import('./conformance-command.ts')).conformance(words),
  },
  help: {
    summary: 'this text',
    usage: 'k42 help',
    run: async () => (await import('./help-command.ts')).showHelp(),
  },
  version: {
    summary: 'the version of k42',
    usage: 'k42 version',
    run: async () => (await import('./help-command.ts')).showVersion(),
  },
};
