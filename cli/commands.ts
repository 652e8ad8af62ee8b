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
    summary: 'run a program in a served machine, or one of the host (./PROG) in a machine of its own, like qemu-user',
    usage: 'k42 exec [-it] [OPTIONS] NAME PROG [ARG…] | [exec] ./PROG [ARG…]',
    runsGuest: true,
    run: async (words) => (await import('./exec-anywhere.ts')).execAnywhere(words),
  },
  serve: {
    summary: 'a machine that stays, for exec, attach and the others',
    usage: 'k42 serve [OPTIONS] [--name NAME] [--web [ADDRESS:PORT]] [-d] [PROG [ARG…]]',
    runsGuest: true,
    run: async (words) => (await import('./serve/serve-command.ts')).serve(words),
  },
  attach: {
    summary: 'a terminal of a served machine: the one started last, or a new shell',
    usage: 'k42 attach [NAME] [TERMINAL]',
    run: async (words) => (await import('./serve/exec-command.ts')).attach(words),
  },
  ps: {
    summary: 'the machines that run, or the processes of one',
    usage: 'k42 ps [NAME] [--json]',
    run: async (words) => (await import('./serve/machine-commands.ts')).ps(words),
  },
  kill: {
    summary: 'a signal for processes of a served machine',
    usage: 'k42 kill [-s SIG] NAME PID…',
    run: async (words) => (await import('./serve/machine-commands.ts')).kill(words),
  },
  logs: {
    summary: 'what a terminal of a served machine has shown',
    usage: 'k42 logs [-f] [--tail N] [NAME] [TERMINAL]',
    run: async (words) => (await import('./serve/machine-commands.ts')).logs(words),
  },
  cp: {
    summary: 'copy files and folders into a served machine and out of it, with modes and times',
    usage: 'k42 cp [-L] NAME:SRC DST | SRC NAME:DST',
    run: async (words) => (await import('./serve/copy/cp-command.ts')).cp(words),
  },
  stop: {
    summary: 'end served machines and all that runs in them',
    usage: 'k42 stop [-t SECONDS] NAME…',
    run: async (words) => (await import('./serve/machine-commands.ts')).stop(words),
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
  browser: {
    summary: 'serve a page in which the machine itself runs',
    usage: 'k42 browser [--rootfs TAR] [[ADDR:]PORT]',
    run: async (words) => (await import('./browser/browser-command.ts')).browser(words),
  },
  completion: {
    summary: 'completion for bash, zsh or fish',
    usage: 'k42 completion bash|zsh|fish',
    run: async (words) => (await import('./help/completion-command.ts')).completion(words),
  },
  help: {
    summary: 'the commands, or what one can do',
    usage: 'k42 help [COMMAND] [--json]',
    run: async (words) => (await import('./help/help-command.ts')).showHelp(words),
  },
  version: {
    summary: 'the version of k42',
    usage: 'k42 version [--json]',
    run: async (words) => (await import('./version-command.ts')).showVersion(words),
  },
};
