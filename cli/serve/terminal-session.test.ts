/** A terminal session and its viewers: who gets what, who waits for whom. The guest's side is a real terminal without a machine. */
import { Terminal as Screen } from '@xterm/headless';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Terminal } from '../../linuxabi/tty/terminal.ts';
import { TerminalSession, type TerminalViewer } from './terminal-session.ts';

const size = { columns: 40, rows: 10 };
const PATIENCE_MS = 20_000;

/** Takes what it gets when it is told to, or at once. */
class Viewer implements TerminalViewer {
  taken = '';
  sizes: string[] = [];
  end: [number | null, string | null] | undefined;
  backlogBytes = 0;
  isTaking = true;
  inputTakenBytes = 0;
  readonly whenSlow: 'redraw' | 'wait';
  readonly screen = new Screen({ cols: 40, rows: 10, allowProposedApi: true });

  constructor(whenSlow: 'redraw' | 'wait' = 'redraw') {
    this.whenSlow = whenSlow;
  }

  output(bytes: Uint8Array): void {
    if (!this.isTaking) this.backlogBytes += bytes.length;
    this.taken += Buffer.from(bytes).toString();
    this.screen.write(bytes);
  }

  resized(columns: number, rows: number): void {
    this.sizes.push(`${columns}x${rows}`);
    this.screen.resize(columns, rows);
  }

  ended(status: number | null, signal: string | null): void {
    this.end = [status, signal];
  }

  inputTaken(byteCount: number): void {
    this.inputTakenBytes += byteCount;
  }

  async row(index: number): Promise<string> {
    await new Promise<void>((resolve) => this.screen.write('', resolve));
    return this.screen.buffer.active.getLine(this.screen.buffer.active.viewportY + index)!.translateToString(true);
  }
}

async function until(look: () => boolean): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !look();) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

let terminal: Terminal;
let session: TerminalSession;

beforeEach(() => {
  const services = {
    nowNs: () => 0,
    at: () => () => undefined,
    signalGroup: () => undefined,
    signalProcess: () => undefined,
  };
  terminal = new Terminal('/dev/pts/0', { major: 136, minor: 0 }, services);
  session = new TerminalSession({ id: 1, command: ['sh'], terminal, size, scrollbackLines: 100 });
});

afterEach(() => session.programEnded({ status: 0, signal: null }));

/** As a program that writes until all is written. */
async function prints(bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const count = terminal.write(bytes.subarray(done));
    if (count > 0) done += count;
    else await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe('viewers of a session', () => {
  it('get the same output, and what is typed by any of them goes in', async () => {
    const [one, two] = [new Viewer(), new Viewer()];
    const first = session.attach(one);
    session.attach(two);
    first.input(text('ls\r'));
    await until(() => one.taken === 'ls\r\n' && two.taken === one.taken);
    const line = new Uint8Array(10);
    expect(terminal.read(line)).toBe(3);
    expect(one.inputTakenBytes).toBe(3);
  });

  it('see the screen when they come late, and only what is new after it', async () => {
    await prints(text('hello\nthere\n'));
    const late = new Viewer();
    session.attach(late);
    await until(() => late.taken.includes('there'));
    await prints(text('more\n'));
    await until(() => late.taken.includes('more'));
    expect(late.taken.split('hello').length).toBe(2);
    expect([await late.row(0), await late.row(1), await late.row(2)]).toEqual(['hello', 'there', 'more']);
  });

  it('do not miss each other: one that leaves changes nothing for the program', async () => {
    const viewer = new Viewer();
    const attachment = session.attach(viewer);
    attachment.detach();
    attachment.input(text('lost'));
    await prints(text('to nobody\n'));
    expect(viewer.taken).toBe('');
    const next = new Viewer();
    session.attach(next);
    await until(() => next.taken.includes('to nobody'));
  });

  it('share the size of the one that was last active', () => {
    const [one, two, any] = [new Viewer(), new Viewer(), new Viewer()];
    const first = session.attach(one, { columns: 100, rows: 30 });
    const second = session.attach(two, { columns: 80, rows: 24 });
    session.attach(any);
    expect(terminal.window).toMatchObject({ columns: 80, rows: 24 });
    first.input(text('x'));
    expect(terminal.window).toMatchObject({ columns: 100, rows: 30 });
    second.resize(90, 20);
    expect(session).toMatchObject({ columns: 90, rows: 20 });
    expect(any.sizes).toEqual(['80x24', '100x30', '90x20']);
    second.resize(0, 70_000);
    expect(terminal.window).toMatchObject({ columns: 1, rows: 1000 });
  });

  it('are told of the end behind all output', async () => {
    const viewer = new Viewer();
    session.attach(viewer);
    await prints(text('last words\n'));
    session.programEnded({ status: 3, signal: null });
    await until(() => viewer.end !== undefined);
    expect(viewer.taken).toBe('last words\r\n');
    expect(viewer.end).toEqual([3, null]);
    const late = new Viewer();
    session.attach(late);
    await until(() => late.end !== undefined);
    expect(await late.row(0)).toBe('last words');
  });
});

describe('a slow viewer', () => {
  const flood = text('a line that is quite ordinary\n'.repeat(100_000));

  it('beside one that keeps up is left behind, and drawn anew when it has caught up', async () => {
    const [quick, slow] = [new Viewer(), new Viewer()];
    session.attach(quick);
    const behind = session.attach(slow);
    slow.isTaking = false;
    await prints(flood);
    await prints(text('the end\n'));
    await until(() => quick.taken.endsWith('the end\r\n'));
    expect(quick.taken.length).toBe(100_000 * 31 + 9);
    expect(slow.taken.length).toBeLessThan(2 * 1024 * 1024);
    slow.backlogBytes = 0;
    slow.isTaking = true;
    behind.drained();
    await until(() => slow.taken.includes('the end'));
    expect([await slow.row(8), await slow.row(9)]).toEqual(['the end', '']);
    await prints(text('live again\n'));
    await until(() => slow.taken.endsWith('live again\r\n'));
  });

  it('that is the only one is waited for while it takes something', async () => {
    const viewer = new Viewer();
    const attachment = session.attach(viewer);
    viewer.isTaking = false;
    const printed = prints(flood);
    const taking = setInterval(() => {
      viewer.backlogBytes = Math.max(0, viewer.backlogBytes - 300_000);
      attachment.drained();
    }, 20);
    await printed;
    clearInterval(taking);
    viewer.backlogBytes = 0;
    attachment.drained();
    await until(() => viewer.taken.length === 100_000 * 31);
  });

  it('that takes nothing does not keep the program for ever', async () => {
    const viewer = new Viewer();
    session.attach(viewer);
    viewer.isTaking = false;
    await prints(flood);
    expect(viewer.taken.length).toBeLessThan(2 * 1024 * 1024);
    session.programEnded({ status: 0, signal: null });
    await until(() => viewer.end !== undefined);
  });

  it('that must lose nothing is waited for, whoever else looks', async () => {
    const [quick, exact] = [new Viewer(), new Viewer('wait')];
    session.attach(quick);
    const attachment = session.attach(exact);
    exact.isTaking = false;
    let isDone = false;
    const printed = prints(flood).then(() => (isDone = true));
    await until(() => exact.backlogBytes >= 1024 * 1024);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(isDone).toBe(false);
    exact.isTaking = true;
    exact.backlogBytes = 0;
    attachment.drained();
    await printed;
    await until(() => exact.taken.length === 100_000 * 31);
  });
});

describe('input that the program does not read', () => {
  it('is kept and offered again', () => {
    terminal.termios.lflag = 0;
    const viewer = new Viewer();
    const attachment = session.attach(viewer);
    const pasted = Uint8Array.from({ length: 20_000 }, (_, i) => (i % 90) + 33);
    attachment.input(pasted.subarray(0, 15_000));
    attachment.input(pasted.subarray(15_000));
    expect(attachment.heldInputBytes).toBe(20_000 - viewer.inputTakenBytes);
    const got: number[] = [];
    const piece = new Uint8Array(1000);
    for (let count = terminal.read(piece); count > 0; count = terminal.read(piece))
      got.push(...piece.subarray(0, count));
    expect(Uint8Array.from(got)).toEqual(pasted);
    expect(attachment.heldInputBytes).toBe(0);
    expect(viewer.inputTakenBytes).toBe(20_000);
  });
});
