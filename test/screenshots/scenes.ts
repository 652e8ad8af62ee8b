/** What the pictures of terminals show: programs of the default root and of a Debian root, each driven as by a person. */

export interface Scene {
  /** Of the file. */
  readonly name: string;
  readonly title: string;
  readonly root: 'default' | 'debian';
  readonly program: readonly string[];
  readonly columns: number;
  readonly rows: number;
  /** In turn: keys, once the screen shows the text (a regular expression). */
  readonly steps: readonly { readonly until: string; readonly keys: string }[];
  /** The picture is taken when the screen shows this. */
  readonly shows: string;
}

/** The end of a line, where a shell waits. */
const PROMPT = '# ?$';

export const scenes: readonly Scene[] = [
  {
    name: 'shell',
    title: 'k42: bash',
    root: 'default',
    program: ['bash', '--norc'],
    columns: 84,
    rows: 20,
    steps: [
      {
        until: PROMPT,
        keys: `PS1='\\[\\e[32m\\]root@k42\\[\\e[0m\\]:\\[\\e[34m\\]\\w\\[\\e[0m\\]# '; clear\r`,
      },
      { until: `^root@k42:~${PROMPT}`, keys: 'uname -srmo\r' },
      { until: `Linux[^]*${PROMPT}`, keys: 'ls --color=always /\r' },
      { until: `boot[^]*${PROMPT}`, keys: 'grep -m1 "model name" /proc/cpuinfo; free -m | head -2\r' },
      { until: `Mem:[^]*${PROMPT}`, keys: 'for n in 1 2 3 4 5; do echo $((n*n)); done | sort -rn | xargs\r' },
      { until: `25 16[^]*${PROMPT}`, keys: 'sleep 100 | cat & ps\r' },
    ],
    shows: `cat$[^]*${PROMPT}`,
  },
  {
    name: 'htop',
    title: 'k42: htop',
    root: 'debian',
    program: ['bash', '-c', '(while :; do :; done) & sleep 1000 | cat & yes > /dev/null & exec htop -d 20'],
    columns: 96,
    rows: 26,
    steps: [{ until: 'F5Tree', keys: 't' }],
    // A tree, and a share that has been measured.
    shows: '[├└]─[^]* R +[1-9][^\\n]*yes',
  },
  {
    name: 'vim-tmux',
    title: 'k42: tmux, vim and a shell',
    root: 'debian',
    program: ['tmux', '-u', 'new-session', 'vim.basic', '/root/fib.c'],
    columns: 110,
    rows: 28,
    steps: [
      { until: 'fib.c', keys: ':syntax on | set number\r' },
      { until: ' 1 ', keys: '\x02%' },
      { until: `│[^]*${PROMPT}`, keys: 'cat /etc/os-release | head -4\r' },
      { until: `PRETTY[^]*${PROMPT}`, keys: 'ls -l --color /usr | head -12\r' },
    ],
    shows: `total[^]*${PROMPT}`,
  },
];

/** Laid into the Debian root. */
export const FILES: Readonly<Record<string, string>> = {
  '/root/fib.c': `#include <stdio.h>

/* The n-th Fibonacci number. */
static unsigned long fib(unsigned n)
{
    unsigned long a = 0, b = 1;
    while (n-- > 0) {
        unsigned long next = a + b;
        a = b;
        b = next;
    }
    return a;
}

int main(void)
{
    for (unsigned n = 0; n < 42; n++)
        printf("fib(%u) = %lu\\n", n, fib(n));
    return 0;
}
`,
};
