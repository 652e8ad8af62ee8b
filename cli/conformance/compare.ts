/** Expected and actual lines side by side: every line a program prints is one behaviour, of the system call it starts with. */
import { syscallTable } from '../../linuxabi/syscall-table.ts';

export type Verdict = 'same' | 'differs' | 'not implemented';

export interface Behaviour {
  /** The system call, or the program's name in parentheses when the line names none. */
  readonly subject: string;
  readonly verdict: Verdict;
  /** Undefined: the program printed something that Linux does not. */
  readonly expected: string | undefined;
  /** Undefined: the line is missing. */
  readonly actual: string | undefined;
}

/** The C library's names for calls that are known by another in the table. */
const LIBRARY_NAMES: Readonly<Record<string, string>> = {
  fstatat: 'newfstatat',
  getdents: 'getdents64',
  pread: 'pread64',
  prlimit: 'prlimit64',
  pwrite: 'pwrite64',
  sendfile: 'sendfile',
  sigaction: 'rt_sigaction',
  sigpending: 'rt_sigpending',
  sigprocmask: 'rt_sigprocmask',
  sigqueue: 'rt_sigqueueinfo',
  sigsuspend: 'rt_sigsuspend',
  sigtimedwait: 'rt_sigtimedwait',
  sigwaitinfo: 'rt_sigtimedwait',
  wait: 'wait4',
  waitpid: 'wait4',
};

const names = new Set(syscallTable.flatMap((definition) => (definition === undefined ? [] : [definition.name])));

function subjectOf(line: string, program: string): string {
  const word = /^[a-z_][a-z0-9_]*/.exec(line)?.[0] ?? '';
  const name = LIBRARY_NAMES[word] ?? word;
  return names.has(name) ? name : `(${program})`;
}

/** Pairs the lines: equal ones first (longest common subsequence), then those that answer the same question in between. */
export function compareLines(program: string, expected: readonly string[], actual: readonly string[]): Behaviour[] {
  const behaviours: Behaviour[] = [];
  let i = 0;
  let j = 0;
  for (const [nextI, nextJ] of [...commonLines(expected, actual), [expected.length, actual.length] as const]) {
    behaviours.push(...pairDifferent(program, expected.slice(i, nextI), actual.slice(j, nextJ)));
    if (nextI < expected.length) {
      const line = expected[nextI]!;
      behaviours.push({ subject: subjectOf(line, program), verdict: 'same', expected: line, actual: line });
    }
    i = nextI + 1;
    j = nextJ + 1;
  }
  return behaviours;
}

/** What stands before the answer. */
function questionOf(line: string): string {
  const at = line.lastIndexOf(' = ');
  return at < 0 ? (line.split(':')[0] ?? line) : line.slice(0, at);
}

function pairDifferent(program: string, expected: readonly string[], actual: readonly string[]): Behaviour[] {
  const left = [...actual];
  const pairs = expected.map((line): Behaviour => {
    const at = left.findIndex((other) => questionOf(other) === questionOf(line));
    const [answer] = at < 0 ? [undefined] : left.splice(at, 1);
    const refused = answer !== undefined && answer.includes('ENOSYS') && !line.includes('ENOSYS');
    const verdict = refused ? 'not implemented' : 'differs';
    return { subject: subjectOf(line, program), verdict, expected: line, actual: answer };
  });
  const extra = left.map((line): Behaviour => {
    return { subject: subjectOf(line, program), verdict: 'differs', expected: undefined, actual: line };
  });
  return [...pairs, ...extra];
}

/** Index pairs of a longest common subsequence. */
function commonLines(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const longer = Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
      lengths[i * width + j] = a[i] === b[j] ? lengths[(i + 1) * width + j + 1]! + 1 : longer;
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  }
  return pairs;
}
