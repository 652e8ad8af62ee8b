/**
 * What there is to say and to complete of each command beyond its line in commands.ts. Options are those the command itself parses, loaded
 * from its module when they are asked for: nothing is written twice.
 */
import type { OptionGroup, OptionRule } from '../options.ts';

/** What a word that is no option may be. */
export type Operand = 'machine' | 'path' | 'machine-path' | 'command' | 'family' | 'free' | readonly string[];

/** A line to type, and what it does. */
export type Example = readonly [line: string, meaning: string];

export interface CommandHelp {
  /** More than the summary says; empty when that is all. */
  readonly about: string;
  readonly groups: () => Promise<readonly OptionGroup[]>;
  /** In their order; the last stands for all that follow. */
  readonly operands: readonly Operand[];
  readonly examples: readonly Example[];
}

const options = (rules: readonly OptionRule[]): readonly OptionGroup[] => [{ title: 'Options', rules }];
const none = async (): Promise<readonly OptionGroup[]> => [];
const runGroups = async (): Promise<readonly OptionGroup[]> => (await import('../run-options.ts')).runGroups;
const machineGroups = async (): Promise<readonly OptionGroup[]> =>
  options((await import('../inspect-command.ts')).machineRules);

const STATUSES =
  'The exit status is the program’s own, or 128 + the signal that ended it; 124: --timeout is over, 125: k42 itself failed, ' +
  '126: found but can’t be executed, 127: not found.';

const ofRuns: Readonly<Record<string, CommandHelp>> = {
  shell: {
    about: STATUSES,
    groups: runGroups,
    operands: [],
    examples: [
      ['k42', 'Debian’s bash and busybox, in memory'],
      ['k42 --rootfs ./debian.tar', 'another root'],
      ['k42 -v "$PWD:/work" -w /work', 'with this folder inside'],
      ['k42 -m 256m --pids-limit 100', 'with less memory and fewer processes'],
    ],
  },
  run: {
    about: `PROG is looked up in the root’s own folders; without it the image’s program, else a shell, is run. ${STATUSES}`,
    groups: runGroups,
    operands: ['free', 'path'],
    examples: [
      ["k42 run sh -c 'echo $((6 * 7))'", 'one command'],
      ['cat data | k42 run sort -n | head', 'streams are binary-safe'],
      ['k42 run -v "$PWD:/work" -w /work make', 'a host folder inside, to be changed'],
      ['k42 run --read-only --tmpfs /tmp:size=64m PROG', 'nothing of the root can be changed'],
      ['k42 run --timeout 10s -m 512m --pids-limit 50 PROG', 'bounded in time, memory and processes'],
      ['k42 run --allow-net=example.org:443 PROG', 'may reach this host and no other'],
      ['k42 run -p 8080:80 PROG', 'port 8080 here is port 80 inside'],
      ['k42 run --strace PROG', 'with its system calls on standard error'],
    ],
  },
  exec: {
    about: `A first word with a slash is a program of this host: it sees the current folder and its own, at their own paths. ${STATUSES}`,
    groups: async () => options((await import('../serve/exec-command.ts')).execRules),
    operands: ['machine', 'free', 'path'],
    examples: [
      ['k42 exec default ps aux', 'a program in the machine `default`'],
      ['k42 exec -it default bash', 'a shell there; Ctrl-P Ctrl-Q leaves it running'],
      ['tar c src | k42 exec -i default tar x -C /tmp', 'its input comes from here'],
      ['k42 exec -d default sleep 1000', 'in the background'],
      ['k42 ./a.out arg', 'a program of this host'],
    ],
  },
};

const ofServed: Readonly<Record<string, CommandHelp>> = {
  serve: {
    about: 'The machine ends with the program it was started for, with k42 stop, or with a signal.',
    groups: async () => [...options((await import('../serve/serve-command.ts')).serveRules), ...(await runGroups())],
    operands: ['free', 'path'],
    examples: [
      ['k42 serve -d', 'a machine in the background, called `default`'],
      ['k42 serve --name build -d -v "$PWD:/work"', 'with a name and a host folder'],
      ['k42 serve --web', 'with terminals and an inspector in a browser'],
      ['k42 serve --timeout 1h bash', 'for an hour at most; status 124 then'],
    ],
  },
  attach: {
    about: 'The screen is drawn anew, in the size of this terminal. Ctrl-P Ctrl-Q leaves the program to itself.',
    groups: async () => options((await import('../serve/exec-command.ts')).attachRules),
    operands: ['machine', 'free'],
    examples: [
      ['k42 attach', 'the only machine there is'],
      ['k42 attach build 2', 'its terminal 2 (k42 ps build shows the numbers)'],
      ['k42 attach --no-stdin build', 'only look'],
    ],
  },
  ps: {
    about: '',
    groups: async () => options((await import('../serve/machine-commands.ts')).psRules),
    operands: ['machine'],
    examples: [
      ['k42 ps', 'the machines'],
      ['k42 ps build', 'processes and terminals of one'],
      ["k42 ps --json | jq -r '.[].id'", 'for programs'],
    ],
  },
  kill: {
    about: '',
    groups: async () => options((await import('../serve/machine-commands.ts')).killRules),
    operands: ['machine', 'free'],
    examples: [
      ['k42 kill build 12', 'SIGTERM for process 12'],
      ['k42 kill -s KILL build 12 13', 'a signal by name, for two'],
    ],
  },
  logs: {
    about: '',
    groups: async () => options((await import('../serve/machine-commands.ts')).logsRules),
    operands: ['machine', 'free'],
    examples: [
      ['k42 logs build', 'of the terminal started last'],
      ['k42 logs -f --tail 20 build 2', 'the last lines of terminal 2, and what follows'],
    ],
  },
  cp: {
    about: 'As with docker cp: NAME:PATH is a place in a machine, SRC/. means what the folder has in it.',
    groups: async () => options((await import('../serve/copy/cp-command.ts')).cpRules),
    operands: ['machine-path'],
    examples: [
      ['k42 cp ./src build:/work', 'a folder into the machine'],
      ['k42 cp build:/work/out.txt .', 'a file out of it'],
    ],
  },
  stop: {
    about: 'Programs get SIGTERM first, and are killed when they have not ended in time.',
    groups: async () => options((await import('../serve/machine-commands.ts')).stopRules),
    operands: ['machine'],
    examples: [
      ['k42 stop build', ''],
      ['k42 stop -t 0 build test', 'two machines, at once'],
    ],
  },
};

const ofInspection: Readonly<Record<string, CommandHelp>> = {
  inspect: {
    about: '',
    groups: async () => options((await import('../inspect-command.ts')).inspectRules),
    operands: [],
    examples: [
      ['k42 inspect --types', 'implementations, and how many objects of each live'],
      ['k42 inspect -m build --process 12 --json', 'what process 12 of a machine holds'],
    ],
  },
  swap: {
    about: 'Programs go on meanwhile. Status 1: it stayed as it was.',
    groups: machineGroups,
    operands: ['free'],
    examples: [['k42 swap 17 shared', 'object 17 (k42 inspect) becomes the implementation `shared`']],
  },
  upgrade: {
    about: 'MODULE is a JavaScript or TypeScript file with the new implementation. Status 1: all stayed as it was.',
    groups: machineGroups,
    operands: ['free', 'path'],
    examples: [['k42 upgrade stream ./better-ring.ts', '']],
  },
  top: {
    about: '',
    groups: async () => options((await import('../top-command.ts')).topRules),
    operands: [],
    examples: [
      ['k42 top', 'refreshed until Ctrl-C'],
      ['k42 top -b -n 1 -m build', 'one table'],
    ],
  },
  disasm: {
    about: '',
    groups: none,
    operands: ['path', 'free'],
    examples: [
      ['k42 disasm ./a.out main', 'one function'],
      ['k42 disasm ./a.out 0x401000-0x401040', 'a range'],
    ],
  },
};

const ofTheRest: Readonly<Record<string, CommandHelp>> = {
  rootfs: {
    about: 'The archive or folder is for --rootfs. Packages are configured by their own scripts, inside k42.',
    groups: async () => options((await import('../rootfs-command.ts')).rootfsRules),
    operands: [['build'], ['debian']],
    examples: [['k42 rootfs build debian --packages vim,python3 -o debian.tar', '']],
  },
  syscalls: {
    about: '',
    groups: async () => options((await import('../syscalls-command.ts')).syscallsRules),
    operands: [],
    examples: [['k42 syscalls | grep partial', '']],
  },
  conformance: {
    about: 'Status 1: something differs.',
    groups: async () => options((await import('../conformance-command.ts')).conformanceRules),
    operands: ['family'],
    examples: [
      ['k42 conformance files', 'one family'],
      ['k42 conformance --against host --html report.html', 'all, against this host’s Linux, as a page too'],
    ],
  },
  browser: {
    about: 'Listens on 127.0.0.1 unless told otherwise, until Ctrl-C.',
    groups: async () => options((await import('../browser/browser-command.ts')).browserRules),
    operands: ['free'],
    examples: [['k42 browser 8042', 'then open http://127.0.0.1:8042']],
  },
  completion: {
    about: 'Prints a script for the shell to read. Machines, commands, options and files are completed.',
    groups: none,
    operands: [['bash', 'zsh', 'fish']],
    examples: [
      ['source <(k42 completion bash)', 'in ~/.bashrc'],
      ['source <(k42 completion zsh)', 'in ~/.zshrc, after compinit'],
      ['k42 completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
  },
  help: {
    about: '',
    groups: async () => options((await import('./help-command.ts')).helpRules),
    operands: ['command'],
    examples: [
      ['k42 help run', 'the same as k42 run --help'],
      ['k42 help --json', 'commands and options as data'],
    ],
  },
  version: {
    about: '',
    groups: async () => options((await import('../version-command.ts')).versionRules),
    operands: [],
    examples: [['k42 version --json', '']],
  },
};

/** As the overview shows them. */
export const helpSections: readonly {
  readonly title: string;
  readonly commands: Readonly<Record<string, CommandHelp>>;
}[] = [
  { title: 'Programs', commands: ofRuns },
  { title: 'Machines that stay', commands: ofServed },
  { title: 'Looking into them', commands: ofInspection },
  { title: 'And', commands: ofTheRest },
];

export const commandHelp: Readonly<Record<string, CommandHelp>> = {
  ...ofRuns,
  ...ofServed,
  ...ofInspection,
  ...ofTheRest,
};
