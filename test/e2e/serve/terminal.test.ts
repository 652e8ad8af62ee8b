/** People at the terminals of a served machine: coming, going, coming again, together. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../../support/default-root.ts';
import { requirement } from '../../support/requirements.ts';
import { k42Command, Person } from '../person.ts';
import { Room, until } from './room.ts';
import { screenAfter } from './screen.ts';

const ready =
  (await requirement('node-pty', () => import('node-pty'))) && (await requirement('default root', ensureDefaultRoot));

const PROMPT = /# $/;
const DETACH = '\x10\x11';

describe.runIf(ready)('terminals of a served machine', () => {
  const room = new Room();
  let people: Person[] = [];

  beforeAll(async () => {
    expect((await room.k42(['serve', '-d', '--name', 'm'])).status).toBe(0);
  });
  afterEach(() => {
    for (const person of people) person.close();
    people = [];
  });
  afterAll(() => room.close());

  async function person(...words: string[]): Promise<Person> {
    const one = await room.person(...words);
    people.push(one);
    return one;
  }

  async function shell(): Promise<Person> {
    const me = await person('exec', '-it', 'm', 'bash');
    await me.sees(PROMPT);
    return me;
  }

  const terminals = async (): Promise<{ id: number; columns: number; rows: number; viewers: number }[]> =>
    JSON.parse((await room.k42(['ps', '--json', 'm'])).stdout).terminals;

  it('exec -it is a shell: job control, window, exit status', async () => {
    const me = await shell();
    me.type('tty; stty size; echo $TERM\r');
    await me.sees(/\/dev\/pts\/\d+\r\n24 80\r\nxterm\r\n/);
    me.type('sleep 100\r');
    await me.sees('sleep 100\r\n');
    await until(async () => ((await room.k42(['ps', 'm'])).stdout.includes('sleep 100') ? true : undefined), 'sleep');
    me.type('\x1a');
    await me.sees(/Stopped/);
    me.type('kill %1; exit 5\r');
    expect((await me.leaves()).exitCode).toBe(5);
    expect(await terminals()).toEqual([]);
  });

  it('is left by the detach keys and found again as it was', async () => {
    const me = await shell();
    me.type('X=kept; seq 100; echo "the line below"\r');
    await me.sees('\r\nthe line below\r\n');
    await me.sees(PROMPT);
    me.type(DETACH);
    const [, id] = await me.sees(/k42: left terminal (\d+); k42 attach m (\d+) comes back/);
    expect((await me.leaves()).exitCode).toBe(0);
    const before = await screenAfter(me.seen.slice(0, me.seen.indexOf('k42: left')));
    const again = await person('attach', 'm', id!);
    await again.sees('the line below');
    await again.sees(PROMPT);
    expect(await screenAfter(again.seen)).toEqual(before);
    again.type('echo $X\r');
    await again.sees('\r\nkept\r\n');
    again.type('exit\r');
    await again.leaves();
  });

  it('passes keys on that only begin like the detach keys, and takes others', async () => {
    const me = await person('exec', '-it', '--detach-keys', 'ctrl-x,d', 'm', 'bash');
    await me.sees(PROMPT);
    me.type('echo first\r');
    await me.sees('\r\nfirst\r\n');
    // Up (ctrl-p) in bash, and the keys of the default, which are none here.
    me.type('\x10\r');
    await me.sees('\r\nfirst\r\n');
    me.type('\x18d');
    await me.sees('left terminal');
    await me.leaves();
    expect((await room.k42(['exec', '-it', '--detach-keys', 'nonsense', 'm', 'bash'])).stderr).toContain(
      '--detach-keys',
    );
  });

  it('restores a full-screen program after the viewer was lost', async () => {
    const me = await shell();
    me.type('seq 200 > /tmp/numbers; vi /tmp/numbers\r');
    await me.sees('numbers');
    me.type('100G');
    await me.sees('110');
    me.type('Ichanged \x1b');
    await me.sees('changed 100');
    const shown = await until(async () => {
      const rows = await screenAfter(me.seen);
      return rows.some((row) => row.startsWith('changed 100')) && rows[23]!.includes('100/200') ? rows : undefined;
    }, 'the status line');
    me.hangUp();
    const id = (await terminals()).at(-1)!.id;
    const again = await person('attach', 'm', String(id));
    await until(
      async () => ((await screenAfter(again.seen)).join('\n') === shown.join('\n') ? true : undefined),
      'the same screen',
    );
    again.type(':q!\r');
    await again.sees(PROMPT);
    expect((await screenAfter(again.seen)).join('\n')).not.toContain('changed');
    again.type('exit\r');
    await again.leaves();
  });

  it('survives a killed viewer: the program goes on, its output is there later', async () => {
    const me = await shell();
    me.type('(sleep 1; echo late news) & \r');
    await me.sees(/\[1\] \d+/);
    const id = (await terminals()).at(-1)!.id;
    me.kill('SIGKILL');
    await until(
      async () => ((await room.k42(['logs', 'm', String(id)])).stdout.includes('late news\r\n') ? true : undefined),
      'the news',
    );
    const again = await person('attach', 'm', String(id));
    await again.sees('late news');
    again.type('exit\r');
    await again.leaves();
  });

  it('is shared: two see the same and both type, in the size of the one who typed last', async () => {
    const me = await shell();
    const { id } = (await terminals()).at(-1)!;
    const you = await person('attach', 'm', String(id));
    await you.sees(PROMPT);
    you.type('echo from you\r');
    await me.sees('\r\nfrom you\r\n');
    me.type('echo from me\r');
    await you.sees('\r\nfrom me\r\n');
    you.resize(100, 30);
    await until(
      async () => ((await terminals()).find((one) => one.id === id)?.columns === 100 ? true : undefined),
      'the size',
    );
    me.type('stty size\r');
    await me.sees(/\r\n24 80\r\n/);
    expect((await terminals()).find((one) => one.id === id)).toMatchObject({ columns: 80, rows: 24, viewers: 2 });
    you.type('exit\r');
    await Promise.all([me.leaves(), you.leaves()]);
  });

  it('has a stopped viewer hold up neither the program nor the other viewer, and draws it anew', async () => {
    const me = await shell();
    const { id } = (await terminals()).at(-1)!;
    const slow = await person('attach', 'm', String(id));
    await slow.sees(PROMPT);
    process.kill(slow.pid, 'SIGSTOP');
    me.type('seq 300000; echo all $((40 + 2))\r');
    await me.sees('all 42\r\n');
    await me.sees(PROMPT);
    expect(me.seen).toContain('\r\n150000\r\n');
    process.kill(slow.pid, 'SIGCONT');
    await slow.sees('all 42');
    await until(
      async () => ((await screenAfter(slow.seen)).join() === (await screenAfter(me.seen)).join() ? true : undefined),
      'the same screen',
    );
    slow.type('exit\r');
    await Promise.all([me.leaves(), slow.leaves()]);
  });

  it('loses nothing on its way into a file', async () => {
    const child = room.start(['exec', '-t', 'm', 'seq', '300000']);
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    child.stdout!.pause();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    child.stdout!.resume();
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(text.length).toBe(1_988_895 + 300_000);
    expect(text.endsWith('299999\r\n300000\r\n')).toBe(true);
  });

  it('attach without a terminal to attach to opens a shell', async () => {
    await room.k42(['serve', '-d', '--name', 'empty']);
    const me = await person('attach', 'empty');
    await me.sees(PROMPT);
    me.type('exit 3\r');
    expect((await me.leaves()).exitCode).toBe(3);
    expect((await room.k42(['attach', 'empty', '9'])).stderr).toContain('machine empty has no terminal 9');
  });

  it('gives the user’s own terminal back as it was, whatever the program left on', async () => {
    const words = k42Command.map((word) => `'${word}'`).join(' ');
    const script = `stty -g; ${words} exec -it m sh -c 'printf "\\033[?1049h\\033[?1000hfull"; read x'; echo; stty -g; exec sleep 60`;
    const me = await Person.at(['sh', '-c', script], { XDG_RUNTIME_DIR: room.folder });
    people.push(me);
    const [before] = await me.sees(/[0-9a-f:]{40,}(?=\r)/);
    await me.sees('full');
    me.type(DETACH);
    await me.sees('left terminal');
    const [after] = await me.sees(/[0-9a-f:]{40,}(?=\r)/);
    expect(after).toBe(before);
    expect(me.seen.slice(me.seen.indexOf('full'))).toContain('\x1b[?1049l');
  });

  it('tells viewers that the machine has ended', async () => {
    await room.k42(['serve', '-d', '--name', 'brief']);
    const me = await person('exec', '-it', 'brief', 'bash');
    await me.sees(PROMPT);
    const [{ pid }] = JSON.parse((await room.k42(['ps', '--json'])).stdout).filter(
      ({ id }: { id: string }) => id === 'brief',
    );
    process.kill(pid, 'SIGKILL');
    await me.sees('k42: machine brief has ended');
    expect((await me.leaves()).exitCode).toBe(125);
  });
});

describe.runIf(ready)('serve --console pty', () => {
  const room = new Room();
  afterAll(() => room.close());

  it('puts each terminal on a pseudo-terminal of the host, and tells its path', async () => {
    const server = room.start(['serve', '--name', 'p', '--console', 'pty', 'bash']);
    let said = '';
    server.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const path = await until(() => /terminal 1 on (\/dev\/\S+): /.exec(said)?.[1], 'the path');
    const attached = await Person.at(['sh', '-c', `stty raw -echo < ${path}; exec cat ${path} & cat > ${path}`]);
    try {
      await attached.sees(PROMPT);
      attached.type('tty; echo $((40 + 2))\n');
      await attached.sees('/dev/pts/0');
      await attached.sees('42');
      await room.k42(['exec', '-d', 'p', 'sleep', '100']);
      expect(await until(() => /terminal 2 on (\/dev\/\S+): sleep 100/.exec(said)?.[1], 'the second path')).not.toBe(
        path,
      );
      const { terminals } = JSON.parse((await room.k42(['ps', '--json', 'p'])).stdout);
      expect(terminals[0].hostPath).toBe(path);
      attached.type('exit 3\n');
      expect(await new Promise((resolve) => server.once('close', resolve))).toBe(3);
    } finally {
      attached.close();
    }
  });
});
