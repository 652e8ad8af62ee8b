/** Programs through the library, and what child_process does with the same ones on the host. */
import { spawn as hostSpawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine } from '../../cli/library/index.ts';
import { ensureDefaultRoot } from '../support/default-root.ts';

let machine: Machine;

beforeAll(async () => {
  machine = await Machine.create({ root: await ensureDefaultRoot(), env: { COLOUR: 'blue' } });
});
afterAll(() => machine.close());

describe('exec', () => {
  it('answers output, errors and status', async () => {
    expect(await machine.exec(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
      status: 3,
      signal: null,
      timedOut: false,
    });
  });

  it('takes a line for the shell, with the environment of the machine', async () => {
    expect((await machine.exec('echo $COLOUR | tr a-z A-Z')).stdout).toBe('BLUE\n');
    expect((await machine.exec('echo $COLOUR-$ONLY', { env: { ONLY: 'this' } })).stdout).toBe('-this\n');
  });

  it('keeps every byte of a long input', async () => {
    const input = Buffer.alloc(3_000_001);
    for (let i = 0; i < input.length; i++) input[i] = (i * 31) >> 3;
    const { stdout, status } = await machine.exec(['cat'], { input, encoding: 'buffer' });
    expect(status).toBe(0);
    expect(stdout.equals(input)).toBe(true);
  });

  it('survives a program that does not read its input', async () => {
    const { status } = await machine.exec(['true'], { input: Buffer.alloc(1_000_000) });
    expect(status).toBe(0);
  });

  it('tells the signal that ended it', async () => {
    expect(await machine.exec('kill -SEGV $$')).toMatchObject({ status: null, signal: 'SIGSEGV' });
  });

  it('kills what takes too long, with those who hold its streams', async () => {
    const result = await machine.exec('echo begun; setsid sleep 1000 & sleep 1000', { timeoutMs: 300 });
    expect(result).toMatchObject({ status: null, signal: 'SIGKILL', timedOut: true });
  });

  it('rejects when too much is written', async () => {
    await expect(machine.exec(['yes'], { maxBufferBytes: 1000 })).rejects.toMatchObject({
      code: 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER',
    });
  });

  it('rejects with the code of execve', async () => {
    await expect(machine.exec(['no-such-program', 'x'])).rejects.toMatchObject({
      message: 'spawn no-such-program ENOENT',
      code: 'ENOENT',
      errno: -2,
      syscall: 'spawn no-such-program',
      path: 'no-such-program',
      spawnargs: ['x'],
    });
    await expect(machine.exec(['/etc'])).rejects.toMatchObject({ code: 'EACCES', errno: -13 });
  });
});

/** What a child tells, in order. */
function record(child: {
  on(event: 'spawn' | 'exit' | 'close' | 'error', listener: (...told: unknown[]) => void): unknown;
}): unknown[][] {
  const seen: unknown[][] = [];
  for (const event of ['spawn', 'exit', 'close'] as const) child.on(event, (...told) => seen.push([event, ...told]));
  child.on('error', (failure) => seen.push(['error', (failure as NodeJS.ErrnoException).code]));
  return seen;
}

describe('spawn', () => {
  it.each([
    ['true', []],
    ['sh', ['-c', 'exit 7']],
    ['sh', ['-c', 'kill -TERM $$']],
    ['no-such-program', []],
  ] as const)('has the events of child_process: %s %j', async (program, args) => {
    const host = hostSpawn(program, args);
    const guest = machine.spawn(program, args);
    const [hostSeen, guestSeen] = [record(host), record(guest)];
    await Promise.all([once(host, 'close').catch(() => undefined), once(guest, 'close').catch(() => undefined)]);
    while (hostSeen.at(-1)?.[0] !== 'close' || guestSeen.at(-1)?.[0] !== 'close') await turn();
    expect(guestSeen).toEqual(hostSeen);
    expect(guest.exitCode ?? guest.signalCode ?? 'none').toBe(
      program === 'no-such-program' ? 'none' : (host.exitCode ?? host.signalCode),
    );
    expect(guest.pid === undefined).toBe(host.pid === undefined);
  });

  it('has streams both ways while it runs', async () => {
    const child = machine.spawn('sh', ['-c', 'while read line; do echo "<$line>"; done; echo over >&2']);
    const errors = text(child.stderr!);
    child.stdin!.write('one\n');
    const [first] = (await once(child.stdout!, 'data')) as [Buffer];
    expect(first.toString()).toBe('<one>\n');
    child.stdin!.end('two\n');
    expect(await text(child.stdout!)).toBe('<two>\n');
    expect(await errors).toBe('over\n');
    expect(await child.exited).toEqual({ status: 0, signal: null });
  });

  it('makes a program wait whose output nobody takes, and loses nothing', async () => {
    const child = machine.spawn('sh', ['-c', 'yes 0123456789abcde | head -n 200000; echo done >&2']);
    child.stdout!.pause();
    let errors = '';
    child.stderr!.on('data', (part: Buffer) => (errors += part.toString()));
    await machine.exec(['sleep', '0.3']);
    expect(errors).toBe('');
    expect(child.stdout!.readableLength).toBeLessThanOrEqual(256 * 1024);
    let bytes = 0;
    for await (const part of child.stdout as AsyncIterable<Buffer>) bytes += part.length;
    expect(bytes).toBe(200_000 * 16);
    await child.exited;
    expect(errors).toBe('done\n');
  });

  it('makes a writer wait whose program does not read', async () => {
    const child = machine.spawn('sh', ['-c', 'read go; cat | wc -c']);
    const chunk = Buffer.alloc(65_536);
    let written = 0;
    while (child.stdin!.write(chunk)) written += chunk.length;
    expect(written).toBeLessThanOrEqual(1_000_000);
    child.stdin!.end('\nxy');
    expect(Number(await text(child.stdout!))).toBe(2);
  });

  it('gives a program SIGPIPE when its output is destroyed', async () => {
    const child = machine.spawn('yes');
    await once(child.stdout!, 'data');
    child.stdout!.destroy();
    expect(await child.exited).toEqual({ status: null, signal: 'SIGPIPE' });
  });

  it('kills by name and by number, and knows who has ended', async () => {
    const child = machine.spawn('sleep', ['1000']);
    await once(child, 'spawn');
    expect(child.kill(0)).toBe(true);
    expect(child.killed).toBe(false);
    expect(child.kill('SIGTERM')).toBe(true);
    expect(await child.exited).toEqual({ status: null, signal: 'SIGTERM' });
    expect(child.kill(0)).toBe(false);
    expect(() => child.kill('SIGNONE' as 'SIGTERM')).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_SIGNAL' }));
  });

  it('ends with its time, and with an AbortSignal', async () => {
    expect(await machine.spawn('sleep', ['1000'], { timeoutMs: 50 }).exited).toEqual({
      status: null,
      signal: 'SIGTERM',
    });
    const control = new AbortController();
    const child = machine.spawn('sleep', ['1000'], { signal: control.signal, killSignal: 'SIGKILL' });
    const failed = once(child, 'error').catch((failure: unknown) => [failure]);
    control.abort();
    expect((await failed)[0]).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    expect(await child.exited).toEqual({ status: null, signal: 'SIGKILL' });
  });

  it('starts where, as whom and with what it is told', async () => {
    const child = machine.spawn('/bin/bash', ['-c', 'pwd; id -u; id -g; tr "\\0" " " < /proc/$$/cmdline'], {
      cwd: '/tmp',
      uid: 1000,
      gid: 100,
      argv0: 'me',
    });
    expect((await text(child.stdout!)).split('\n')).toEqual([
      '/tmp',
      '1000',
      '100',
      'me -c pwd; id -u; id -g; tr "\\0" " " < /proc/$$/cmdline ',
    ]);
    const nothing = machine.spawn('cat', [], { stdio: ['ignore', 'pipe', 'ignore'] });
    expect([nothing.stdin, nothing.stderr]).toEqual([null, null]);
    expect(await text(nothing.stdout!)).toBe('');
  });
});

describe('a terminal', () => {
  it('is one for the program, has a size, and ends with it', async () => {
    const child = machine.spawn(
      'sh',
      ['-c', 'trap "stty size; exit 4" WINCH; tty; stty size; while :; do sleep 0.05; done'],
      {
        terminal: { columns: 100, rows: 30 },
      },
    );
    let shown = '';
    child.stdout!.on('data', (part: Buffer) => {
      shown += part.toString();
      if (shown.includes('30 100') && child.terminal!.size.columns === 100)
        child.terminal!.resize({ columns: 90, rows: 20 });
    });
    await once(child, 'close');
    expect(shown).toBe(`${child.terminal!.path}\r\n30 100\r\n20 90\r\n`);
    expect(child.exitCode).toBe(4);
  });

  it('turns what is typed into lines and signals', async () => {
    const child = machine.spawn('cat', [], { terminal: { columns: 80, rows: 24 } });
    await once(child, 'spawn');
    child.stdin!.write('ab\x7fc\r');
    let shown = '';
    for await (const part of child.stdout as AsyncIterable<Buffer>) {
      shown += part.toString();
      if (shown.endsWith('ac\r\n')) child.stdin!.write('\x03');
    }
    expect(shown).toBe('ab\b \bc\r\nac\r\n^C');
    expect(await child.exited).toEqual({ status: null, signal: 'SIGINT' });
  });
});
