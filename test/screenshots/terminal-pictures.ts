/** Plays the scenes, each in a machine of its own, and draws the screen at the end. */
import { Terminal } from '@xterm/headless';
import { Machine } from '../../cli/library/index.ts';
import { screenSvg } from './screen-svg.ts';
import { ensureScreenshotRoot } from './screenshot-root.ts';
import type { Scene } from './scenes.ts';

const PATIENCE_MS = 60_000;
const LOOK_MS = 50;
/** A screen that has not changed for so long is drawn to its end. */
const STILL_MS = 700;
const ENVIRONMENT = { LANG: 'C.UTF-8', HOME: '/root', SHELL: '/bin/bash' };

export async function terminalPicture(scene: Scene): Promise<string> {
  const { root, program, columns, rows, steps, shows, title } = scene;
  const [name = '', ...args] = program;
  const machine = await Machine.create({
    ...(root === 'debian' && { root: await ensureScreenshotRoot() }),
    env: { ...ENVIRONMENT, TERM: root === 'debian' ? 'xterm-256color' : 'xterm' },
  });
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true });
  try {
    const child = machine.spawn(name, args, { terminal: { columns, rows }, cwd: '/root' });
    child.stdout!.on('data', (bytes: Buffer) => terminal.write(bytes));
    const cursor = new CursorWatch(terminal);
    terminal.onData((answer) => void child.stdin!.write(answer));
    for (const { until, keys } of steps) {
      await shown(terminal, until);
      child.stdin!.write(keys);
    }
    await shown(terminal, shows);
    await still(terminal);
    return screenSvg(terminal, title, cursor.state);
  } finally {
    await machine.close();
    terminal.dispose();
  }
}

/** Whether programs have hidden the cursor, which xterm.js does not tell. Source: DECTCEM. */
class CursorWatch {
  state: 'shown' | 'hidden' = 'shown';

  constructor({ parser }: Terminal) {
    const watch = (final: string, state: 'shown' | 'hidden'): void => {
      parser.registerCsiHandler({ prefix: '?', final }, (modes) => {
        if (modes.includes(25)) this.state = state;
        return false;
      });
    };
    watch('h', 'shown');
    watch('l', 'hidden');
  }
}

function screenText({ buffer: { active }, rows }: Terminal): string {
  const line = (row: number): string => active.getLine(active.viewportY + row)?.translateToString(true) ?? '';
  return Array.from({ length: rows }, (_, row) => line(row))
    .join('\n')
    .trimEnd();
}

async function shown(terminal: Terminal, pattern: string): Promise<void> {
  const expected = new RegExp(pattern, 'm');
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(LOOK_MS))
    if (expected.test(screenText(terminal))) return;
  throw new Error(`the screen never showed ${pattern}, but:\n${screenText(terminal)}`);
}

async function still(terminal: Terminal): Promise<void> {
  let before = '';
  for (let now = screenText(terminal); now !== before; now = screenText(terminal)) {
    before = now;
    await pause(STILL_MS);
    // What shows a clock is never still: once is enough.
    if (/load average/i.test(now)) return;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
