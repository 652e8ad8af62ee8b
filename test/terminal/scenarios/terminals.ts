/** Programs that make terminals of their own, and programs that watch the machine. */
import { CONTROL, PROMPT, type Scenario } from '../scenario.ts';

const EXPECT = [
  'spawn -noecho sh -c "printf \'name? \'; read n; echo hello \\$n; stty size; tty > /dev/null && echo terminal; exec sh"',
  'expect "name? " { send "expect\\r" }',
  'expect "terminal"',
  'expect "% "',
  'send "PS1=inner:; echo \\$((6*7))\\r"',
  'expect "42"',
  'interact',
  'puts "back again"',
].join('\n');

export const terminals: readonly Scenario[] = [
  {
    name: 'tmux',
    needs: ['tmux'],
    command: ['sh', '-c', 'tmux -f .tmux.conf new -s one "PS1=\'% \' sh"; printf "detached%% "; exec sh'],
    steps: [
      { until: /^% / },
      { keys: 'echo left\r', until: /^left/m },
      { keys: `${CONTROL('b')}%`, until: /│/ },
      { keys: "PS1='> '; clear\r", until: /│> / },
      { keys: 'echo right; stty size\r', until: /│23 \d+/ },
      { keys: `${CONTROL('b')}${CONTROL('b')}`, until: /│23 \d+/ },
      { keys: `\x7f${CONTROL('b')}oecho left again\r`, until: /^left again/m },
      { keys: `${CONTROL('b')}:`, until: /^:/m },
      { keys: 'resize-pane -R 10\r', until: /^% {45}/m },
      { keys: `${CONTROL('b')}"`, until: /─{20}/ },
      { keys: 'stty size\r', until: /^11 \d+/m },
      { resize: { columns: 100, rows: 30 }, until: /│/ },
      { keys: `${CONTROL('b')}[`, until: /\[0\/\d+\]/ },
      { keys: 'q', until: /│/ },
      { keys: `${CONTROL('b')}d`, until: 'detached%' },
      { keys: 'clear; tmux ls; tmux attach\r', until: /│/ },
      { keys: `${CONTROL('b')}:`, until: /^:/m },
      { keys: 'kill-server\r', until: /server exited|\[exited\]/ },
    ],
    // The status line's clock and date, and the name of the program in the foreground, which follows in its own time.
    mask: (line) =>
      line.replaceAll(/\d\d:\d\d[ :]\d*|\d\d-\w{3}-\d\d|\d+:\[?\w+\*?-?/g, '#').replaceAll(/\(created .*\)/g, ''),
  },
  {
    name: 'script',
    needs: ['script'],
    command: ['sh', '-c', 'script -q -c "sh" /tmp/typed; printf "%% "; exec sh'],
    steps: [
      { until: PROMPT },
      { keys: 'stty size; echo a; tty | tr 0-9 N\r', until: '/dev/pts/N' },
      { keys: 'cat\r', until: /cat\n/ },
      { keys: `x\x7fy\r${CONTROL('d')}`, until: /y\ny\n/ },
      { resize: { columns: 90, rows: 20 }, until: PROMPT },
      { keys: 'stty size\r', until: '20 90' },
      { keys: 'exit\r', until: /exit\n% / },
      { keys: 'clear; wc -l < /tmp/typed\r', until: /\d+\n% / },
    ],
  },
  {
    name: 'expect',
    needs: ['expect'],
    command: ['sh', '-c', `expect -c '${EXPECT.replaceAll("'", String.raw`'\''`)}'; printf "%% "; exec sh`],
    steps: [
      { until: /42\s+inner:/ },
      { keys: 'echo typed by hand\r', until: /^typed by hand/m },
      { keys: 'exit\r', until: 'back again' },
    ],
  },
  {
    name: 'nested terminals',
    needs: ['script', 'bash'],
    command: [
      'sh',
      '-c',
      'script -q -c "script -q -c \'bash --norc --noprofile\' /dev/null" /dev/null; printf "out%% "; exec cat',
    ],
    steps: [
      { until: PROMPT },
      { keys: 'stty -a | head -1\r', until: 'rows 24' },
      { keys: 'cat | cat\r', until: /cat \| cat\n/ },
      { keys: 'through\r', until: /through\nthrough/ },
      { keys: CONTROL('c'), until: /\^C/ },
      { keys: 'sleep 1000\r', until: /sleep 1000\n/ },
      { keys: CONTROL('z'), until: 'Stopped' },
      { keys: 'exit\r', until: 'There are stopped jobs' },
      { keys: 'exit\r', until: 'out%' },
    ],
  },
  {
    name: 'htop',
    needs: ['htop'],
    command: ['sh', '-c', 'htop; printf "%% "; exec sh'],
    size: { columns: 100, rows: 30 },
    steps: [
      { until: 'F10Quit' },
      { keys: 'M', until: 'F10Quit' },
      { keys: '\x1bOQ', until: /Display options|Categories|Setup/ },
      { keys: '\x1b[21~', until: 'F10Quit' },
      { keys: '/', until: /Search:/ },
      { keys: '\x1b\x1b', until: 'F10Quit' },
      { keys: 'q', until: PROMPT },
    ],
    rows: (lines) => lines.filter((line) => /PID|F10|Search|Setup|Categories/.test(line)).map((line) => line.trim()),
  },
  {
    name: 'top',
    needs: ['top'],
    command: ['sh', '-c', 'top; printf "%% "; exec sh'],
    size: { columns: 100, rows: 30 },
    steps: [
      { until: /PID USER/ },
      { keys: 'M', until: /PID USER/ },
      { keys: 'h', until: /Help for Interactive Commands/ },
      { keys: '\x1b', until: /PID USER/ },
      { keys: 'q', until: PROMPT },
    ],
    rows: (lines) =>
      lines
        .filter((line) => /^(Tasks|%Cpu|[MGK]iB|\s+PID)|Help for|command/.test(line))
        .map((line) => line.replaceAll(/[\d.]+/g, '#').replaceAll(/ +/g, ' ')),
  },
];
