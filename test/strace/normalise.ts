/** Makes two traces of the same program comparable: what depends on the machine becomes a word. */

/** Calls that the vDSO answers natively without the kernel, when the clock allows it. */
const CLOCK_CALLS = /^(time|clock_gettime|gettimeofday)\(/;

const rules: readonly (readonly [RegExp, string])[] = [
  [/ += /, ' = '],
  // The program's own path, which may be too long to be shown whole.
  [/^(execve\()"[^"]*", \["[^"]*"(\.\.\.)?/, '$1PROGRAM, [PROGRAM'],
  [/\/\* \d+ vars \*\//, '/* VARS */'],
  [/^(readlink\("\/proc\/self\/exe", )"[^"]*"(\.\.\.)?(.*) = \d+/, '$1PROGRAM$3 = N'],
  // Numbers of this run: randomness, stack, break and mappings, processes, times.
  [/^getrandom\("[^"]*"/, 'getrandom(BYTES'],
  [/0x[0-9a-f]{4,}/g, 'ADDRESS'],
  [/^(set_tid_address\(\w+\)) = \d+/, '$1 = TID'],
  [/^(getpid|getppid|gettid|getpgrp|setsid)\(\) = \d+/, '$1() = ID'],
  [/^kill\(\d+, /, 'kill(PID, '],
  [/si_(pid|uid|utime|stime)=\d+/g, 'si_$1=N'],
  [/tv_sec=\d{6,}, tv_[nu]sec=\d+/g, 'TIME'],
  // The folder the program is started in, and how long its file system makes folders.
  [/^getcwd\(.*/, 'getcwd'],
  [/(st_mode=S_IFDIR\|\S+) st_size=\d+/g, '$1 st_size=N'],
  [/^(sysinfo|uname|statfs|times|getrusage)\(.* = (-?\d+).*/, '$1 = $2'],
];

export function normaliseTrace(trace: string): string[] {
  return trace
    .split('\n')
    .filter((line) => line !== '' && !CLOCK_CALLS.test(line))
    .map((line) => rules.reduce((text, [pattern, word]) => text.replace(pattern, word), line));
}
