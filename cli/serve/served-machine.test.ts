/** Programs on the terminals of a machine that stays. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../../test/support/default-root.ts';
import { requirement } from '../../test/support/requirements.ts';
import { createHost } from '../library/create-host.ts';
import { ServedMachine } from './served-machine.ts';
import type { TerminalSession, TerminalViewer } from './terminal-session.ts';

const ready = await requirement('the default root', ensureDefaultRoot);

interface Seen extends TerminalViewer {
  text: string;
  end: Promise<[number | null, string | null]>;
}

function watch(session: TerminalSession): Seen {
  let settle: (end: [number | null, string | null]) => void = () => undefined;
  const seen: Seen = {
    text: '',
    backlogBytes: 0,
    end: new Promise((resolve) => (settle = resolve)),
    output: (bytes) => (seen.text += Buffer.from(bytes).toString()),
    resized: () => undefined,
    ended: (status, signal) => settle([status, signal]),
  };
  session.attach(seen);
  return seen;
}

describe.runIf(ready)('a served machine', () => {
  let served: ServedMachine;

  beforeAll(async () => {
    served = new ServedMachine('test', await createHost({}));
  });

  afterAll(() => served?.close());

  it('runs a program on a terminal of its own, which has the size and name that were asked for', async () => {
    const session = served.openTerminal(['sh', '-c', 'tty; stty size; echo $TERM $X; exit 3'], {
      size: { columns: 100, rows: 30 },
      term: 'vt100',
      environment: { X: 'set' },
    });
    const seen = watch(session);
    expect(await seen.end).toEqual([3, null]);
    expect(seen.text).toBe(`${session.path}\r\n30 100\r\nvt100 set\r\n`);
    expect(session.end).toEqual({ status: 3, signal: null });
  });

  it('has several terminals at once, each with a number', async () => {
    const events: string[] = [];
    const listener = {
      opened: ({ id }: TerminalSession) => events.push(`opened ${id}`),
      over: ({ id }: TerminalSession) => events.push(`over ${id}`),
    };
    served.listeners.add(listener);
    const [one, two] = [served.openTerminal(['cat']), served.openTerminal(['cat'])];
    expect(served.terminals()).toEqual([one, two]);
    expect(one.path).not.toBe(two.path);
    expect(served.terminal(two.id)).toBe(two);
    const seen = [watch(one), watch(two)];
    for (const session of [one, two])
      session
        .attach({ output: () => undefined, resized: () => undefined, ended: () => undefined, backlogBytes: 0 })
        .input(Buffer.from('\x04'));
    for (const { end } of seen) expect(await end).toEqual([0, null]);
    expect(served.terminals()).toEqual([]);
    expect(served.terminal(two.id)).toBe(two);
    expect(events.slice(0, 2)).toEqual([`opened ${one.id}`, `opened ${two.id}`]);
    expect(events.slice(2).toSorted()).toEqual([`over ${one.id}`, `over ${two.id}`]);
    served.listeners.delete(listener);
  });

  it('says why a program could not be started', async () => {
    const seen = watch(served.openTerminal(['no-such-program']));
    expect(await seen.end).toEqual([127, null]);
    expect(seen.text).toBe('k42: no-such-program: not found\r\n');
    expect(await watch(served.openTerminal(['/etc/passwd'])).end).toEqual([126, null]);
    expect(() => served.openTerminal(['true'], { user: 'nobody-knows' })).toThrow('no user');
  });

  it('tells the signal that ended a program', async () => {
    const seen = watch(served.openTerminal(['sh', '-c', 'kill -KILL $$']));
    expect(await seen.end).toEqual([null, 'SIGKILL']);
  });

  it('frees a terminal when the last program has closed it', async () => {
    const session = served.openTerminal(['sh', '-c', 'trap "" HUP; sleep 100 & echo $!']);
    const seen = watch(session);
    expect(await seen.end).toEqual([0, null]);
    const pid = Number(seen.text.trim());
    const again = watch(served.openTerminal(['sh', '-c', `ls /dev/pts; kill -KILL ${pid}`]));
    await again.end;
    expect(again.text).toContain(session.path.split('/').at(-1));
    const left = async (): Promise<string[]> => {
      const last = watch(served.openTerminal(['ls', '/dev/pts']));
      await last.end;
      return last.text.trim().split(/\s+/);
    };
    // The killed program closes it in its own time.
    await expect.poll(left, { timeout: 20_000 }).toEqual(['0', 'ptmx']);
  });
});
