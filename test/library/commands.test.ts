/** Commands whose work is done by JavaScript, as shells and programs inside use them. */
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Machine, type CommandCall } from '../../cli/library/index.ts';
import { ensureDefaultRoot } from '../support/default-root.ts';

let machine: Machine;

beforeAll(async () => {
  machine = await Machine.create({ root: await ensureDefaultRoot(), env: { COLOUR: 'blue=green' } });
  machine.command('shout', async ({ stdin, stdout }) => {
    for await (const part of stdin) stdout.write(String(part).toUpperCase());
  });
});
afterAll(() => machine.close());

it('is told what a program is told, and its answer is the status', async () => {
  const calls: CommandCall[] = [];
  const { path } = machine.command('told', (call) => {
    calls.push(call);
    call.stdout.write('out\n');
    call.stderr.write('err\n');
    return 7;
  });
  expect(path).toBe('/usr/local/bin/told');
  const { stdout, stderr, status } = await machine.exec(['told', 'one', 'zwei ✓', ''], { cwd: '/tmp', uid: 5, gid: 6 });
  expect([stdout, stderr, status]).toEqual(['out\n', 'err\n', 7]);
  expect(calls[0]).toMatchObject({
    argv: ['told', 'one', 'zwei ✓', ''],
    env: { COLOUR: 'blue=green' },
    cwd: '/tmp',
    uid: 5,
    gid: 6,
    pid: expect.any(Number),
  });
  expect(calls[0]!.signal.aborted).toBe(false);
});

it('stands in a pipeline, between a file and a file, and in the shell’s own words', async () => {
  const { stdout, status } = await machine.exec(
    'printf "a\\nb\\n" | shout | sed s/^/-/ > /tmp/shouted; cat /tmp/shouted; shout < /tmp/shouted; echo "[$(echo x | shout)]"; type shout',
  );
  expect(stdout).toBe('-A\n-B\n-A\n-B\n[X]\nshout is /usr/local/bin/shout\n');
  expect(status).toBe(0);
});

it('moves every byte of much, both ways, with back pressure', async () => {
  machine.command('copy', ({ stdin, stdout }) => pipeline(stdin, stdout));
  const sum =
    'head -c 3000001 /dev/urandom > /tmp/much; md5sum < /tmp/much; copy < /tmp/much | md5sum; cat /tmp/much | copy | copy | md5sum';
  const sums = (await machine.exec(sum)).stdout.trim().split('\n');
  expect(sums).toHaveLength(3);
  expect(new Set(sums).size).toBe(1);
});

it('fails as what it throws says', async () => {
  machine.command('/tmp/broken', async () => {
    await after(1);
    throw new Error('no such luck');
  });
  const { stderr, status } = await machine.exec('/tmp/broken || (echo "status $?" >&2; exit 3)');
  expect([stderr, status]).toEqual(['/tmp/broken: no such luck\nstatus 1\n', 3]);
});

it('is killed when nobody reads any more, and hears of it', async () => {
  let isAborted = false;
  machine.command('forever', async ({ stdout, signal }) => {
    while (!signal.aborted)
      if (!stdout.write('y\n')) await Promise.race([once(stdout, 'drain'), once(signal, 'abort')]);
    isAborted = signal.aborted;
  });
  const { stdout } = await machine.exec(['bash', '-c', 'forever | head -n 2; echo "${PIPESTATUS[@]}"']);
  expect(stdout).toBe('y\ny\n141 0\n');
  while (!isAborted) await after(1);
});

it('is a process: seen, signalled, stopped and continued', async () => {
  const seen: string[] = [];
  machine.command('waiter', async ({ signal, stdin, stdout }) => {
    stdout.write('begun\n');
    try {
      for await (const part of stdin) stdout.write(part);
    } finally {
      seen.push(signal.aborted ? 'aborted' : 'ended');
    }
  });
  const child = machine.spawn('waiter');
  const shown = text(child.stdout!);
  await once(child.stdout!, 'readable');
  expect((await machine.exec(['ps'])).stdout).toContain('waiter');
  child.kill('SIGSTOP');
  child.stdin!.write('held\n');
  while (machine.tasks().tasks.find(({ pid }) => pid === child.pid)?.state !== 'T') await after(1);
  child.kill('SIGCONT');
  child.stdin!.end('last\n');
  expect(await child.exited).toEqual({ status: 0, signal: null });
  expect(await shown).toBe('begun\nheld\nlast\n');
  const killed = machine.spawn('waiter');
  await once(killed.stdout!, 'readable');
  killed.kill('SIGTERM');
  expect(await killed.exited).toEqual({ status: null, signal: 'SIGTERM' });
  while (seen.length < 2) await after(1);
  expect(seen).toEqual(['ended', 'aborted']);
});

it('asks at a terminal, and ^C ends it', async () => {
  machine.command('greet', async ({ stdin, stdout }) => {
    stdout.write('Name? ');
    for await (const line of stdin) {
      stdout.write(`Hello ${String(line)}`);
      if (String(line) === 'last\n') return 0;
    }
    return 1;
  });
  const child = machine.spawn('greet', [], { terminal: { columns: 80, rows: 24 } });
  let shown = '';
  child.stdout!.on('data', (part: Buffer) => (shown += part.toString()));
  const shows = async (wanted: string): Promise<void> => {
    while (!shown.includes(wanted)) await after(1);
  };
  await shows('Name? ');
  child.stdin!.write('Ann\r');
  await shows('Hello Ann');
  child.stdin!.write('\x03');
  expect(await child.exited).toEqual({ status: null, signal: 'SIGINT' });
});

it('is there until it is removed; a copy of it is then none', async () => {
  const command = machine.command('brief', ({ stdout }) => void stdout.write('here\n'));
  expect(() => machine.command('brief', () => 0)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect((await machine.exec('cp /usr/local/bin/brief /tmp/kept; /tmp/kept')).stdout).toBe('here\n');
  await command.remove();
  expect((await machine.exec('brief')).status).toBe(127);
  expect((await machine.exec('/tmp/kept')).status).toBe(127);
});

it('ends with its machine', async () => {
  const other = await Machine.create({ root: await ensureDefaultRoot() });
  const aborted = new Promise((resolve) => {
    other.command('stay', ({ signal, stdout }) => {
      stdout.write('here\n');
      signal.addEventListener('abort', resolve);
      return new Promise<number>(() => undefined);
    });
  });
  const child = other.spawn('stay');
  await once(child.stdout!, 'readable');
  await other.close();
  await aborted;
  expect(await child.exited).toEqual({ status: null, signal: 'SIGKILL' });
});
