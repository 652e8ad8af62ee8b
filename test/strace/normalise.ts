/** Makes two traces of the same program comparable: what depends on the machine becomes a word. */

/** Calls that the vDSO answers natively without the kernel, when the clock allows it. */
const CLOCK_CALLS = /^(time|clock_gettime|clock_getres|gettimeofday)\(/;

const rules: readonly (readonly [RegExp, string])[] = [
  [/ += /, ' = '],
  // The program's own path, which may be too long to be shown whole.
  [/^(execve\()"[^"]*", \["[^"]*"(\.\.\.)?/, '$1PROGRAM, [PROGRAM'],
  [/\/\* \d+ vars \*\//, '/* VARS */'],
  [/^(readlink\("\/proc\/self\/exe", )"[^"]*"(\.\.\.)?(.*) = \d+/, '$1PROGRAM$3 = N'],
  // Numbers of this run: randomness, stack, break and mappings, processes, times.
  [/^getrandom\("[^"]*"/, 'getrandom(BYTES'],
  [/0x[0-9a-f]{4,}/g, 'ADDRESS'],
  [/^(set_tid_address\(\w+\)) = \w+/, '$1 = TID'],
  [/^(getpid|getppid|gettid|getpgrp|setsid)\(\) = \w+/, '$1() = ID'],
  [/si_(pid|uid|utime|stime)=\d+( \/\* [\d.]+ s \*\/)?/g, 'si_$1=N'],
  [/, left \{[^}]*\}/, ', left TIME'],
  [/ru_([us])time=\{[^}]*\}/g, 'ru_$1time=TIME'],
  [/^(getpgid|getsid)\(0\) = \w+/, '$1(0) = ID'],
  // What the file system has.
  [/stx_mask=[^,]*/, 'stx_mask=MASK'],
  // The size of the kernel's own set.
  [/^(sched_getaffinity\(.*) = \d+$/, '$1 = N'],
  [/TIOCGPTN, \[\d+\]/, 'TIOCGPTN, [N]'],
  [/^getcpu\(\[\d+\]/, 'getcpu([N]'],
  [/tv_sec=\d{6,}, tv_[nu]sec=\d+/g, 'TIME'],
  // The folder the program is started in, and how long its file system makes folders.
  [/^getcwd\(.*/, 'getcwd'],
  [/(st_mode=S_IFDIR\|\S+) st_size=\d+/g, '$1 st_size=N'],
  [/^(sysinfo|uname|statfs|getrusage)\(.* = (-?\d+).*/, '$1 = $2'],
  // Ids, who else uses them, and when.
  [/^((shm|sem|msg)(?!get)\w+\()\w+/, '$1ID'],
  [/^((shm|sem|msg)get\(.*) = \d+$/, '$1 = ID'],
  [/^(\w+ctl\(.*_INFO, .*) = \d+$/, '$1 = N'],
  [/(?<=_INFO, \{.*)=\d+/g, '=N'],
  [/((shm|sem|msg)_[a-z]?time=)[1-9]\d*/g, '$1TIME'],
  [/^times\(.* = \d+$/, 'times = N'],
];

/** Under ptrace even a SIGCHLD that is ignored makes a wait begin anew. */
const WAIT_BEGUN_ANEW = /^wait(4|id)\(.* = \? ERESTARTSYS/;
/** A child may change before or after its parent comes to wait for that: these lines go to the end. */
const CHILD_CHANGED = /^--- SIGCHLD \{si_signo=SIGCHLD, si_code=CLD_/;

export function normaliseTrace(trace: string): string[] {
  const lines = trace
    .split('\n')
    .filter((line) => line !== '' && !CLOCK_CALLS.test(line) && !WAIT_BEGUN_ANEW.test(line))
    .map((line) => rules.reduce((text, [pattern, word]) => text.replace(pattern, word), line));
  return [...lines.filter((line) => !CHILD_CHANGED.test(line)), ...lines.filter((line) => CHILD_CHANGED.test(line))];
}

/**
 * A trace whose lines begin with the number of a process, taken apart: the lines of each, in the order of their first ones, broken
 * lines joined, and the numbers of processes replaced by P1, P2 and so on. Numbers of processes must not occur as anything else.
 */
export function byProcess(trace: string): string[] {
  const processes = new Map<string, string[]>();
  const begun = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const [, pid = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (pid === '') continue;
    const lines = processes.get(pid) ?? [];
    processes.set(pid, lines);
    if (text.endsWith(' <unfinished ...>')) {
      begun.set(pid, text.slice(0, -' <unfinished ...>'.length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    lines.push(resumed === null ? text : `${begun.get(pid) ?? ''}${resumed[1]}`);
    if (resumed !== null) begun.delete(pid);
  }
  const numbers = [...processes.keys()];
  const anyNumber = new RegExp(`\\b(${numbers.join('|')})\\b`, 'g');
  const named = (text: string): string => text.replace(anyNumber, (number) => `P${numbers.indexOf(number) + 1}`);
  return [...processes.values()].map((lines) => lines.map(named).join('\n'));
}
