/** Programs in a served machine over this process's streams, and the commands that look after machines: from outside, as scripts use them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDefaultRoot } from '../../support/default-root.ts';
import { requirement } from '../../support/requirements.ts';
import { Room, until } from './room.ts';

const ready = (await requirement('the default root', ensureDefaultRoot)) && process.platform !== 'win32';

describe.runIf(ready)('k42 exec', () => {
  const room = new Room();

  beforeAll(async () => {
    expect(await room.k42(['serve', '-d', '--name', 'm', '-e', 'COLOUR=blue'])).toEqual({
      status: 0,
      stdout: 'm\n',
      stderr: '',
    });
  });
  afterAll(() => room.close());

  it('passes output, errors and status on', async () => {
    expect(await room.k42(['exec', 'm', 'sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({
      status: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('keeps what one program leaves for the next: it is one machine', async () => {
    await room.k42(['exec', '-i', 'm', 'sh', '-c', 'cat > /tmp/kept'], 'kept\n');
    expect((await room.k42(['exec', 'm', 'cat', '/tmp/kept'])).stdout).toBe('kept\n');
  });

  it('is binary-safe both ways, for megabytes', async () => {
    const data = Buffer.alloc(5_000_001);
    for (let i = 0; i < data.length; i++) data[i] = (i * 31) >> 3;
    const { status, stdout } = await room.bytes(['exec', '-i', 'm', 'cat'], data);
    expect(status).toBe(0);
    expect(stdout.equals(data)).toBe(true);
  });

  it('gives no input without -i', async () => {
    expect(await room.k42(['exec', 'm', 'wc', '-c'], 'not for it')).toMatchObject({ status: 0, stdout: '0\n' });
  });

  it('takes environment, folder and user, in addition to the machine’s', async () => {
    const words = ['exec', '-e', 'SHAPE=round', '-w', '/etc', '-u', '1000:1000', 'm', 'sh', '-c'];
    const { stdout } = await room.k42([...words, 'echo $COLOUR $SHAPE $PWD $(id -u):$(id -g)']);
    expect(stdout).toBe('blue round /etc 1000:1000\n');
  });

  it('says why a program could not be started, with a shell’s status', async () => {
    expect(await room.k42(['exec', 'm', 'no-such'])).toEqual({
      status: 127,
      stdout: '',
      stderr: 'k42: no-such: not found\n',
    });
    expect((await room.k42(['exec', 'm', 'cat', '/etc/none'])).status).toBe(1);
    expect((await room.k42(['exec', '-u', 'whoever', 'm', 'true'])).stderr).toContain("no user 'whoever'");
    expect((await room.k42(['exec', 'other', 'true'])).stderr).toContain('no machine other is running');
    expect((await room.k42(['exec', 'm'])).stderr).toContain('usage: k42 exec');
    expect((await room.k42(['exec', '--bogus', 'm', 'true'])).stderr).toContain('unknown option --bogus');
  });

  it('tells a signal that ended the program as a shell does, and sends on those it gets', async () => {
    expect((await room.k42(['exec', 'm', 'sh', '-c', 'kill -KILL $$'])).status).toBe(137);
    const child = room.start([
      'exec',
      'm',
      'sh',
      '-c',
      'trap "echo got it; exit 9" USR1; echo ready; while :; do sleep 0.05; done',
    ]);
    let output = '';
    child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const status = new Promise((resolve) => child.once('close', resolve));
    await until(() => (output.includes('ready') ? true : undefined), 'ready');
    child.kill('SIGUSR1');
    expect(await status).toBe(9);
    expect(output).toBe('ready\ngot it\n');
  });

  it('ends a program by a closed pipe, as a pipe does', async () => {
    const child = room.start(['exec', 'm', 'sh', '-c', 'yes; echo $? > /tmp/yes-status']);
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    child.stdout!.destroy();
    await until(async () => {
      const { stdout } = await room.k42(['exec', 'm', 'cat', '/tmp/yes-status']);
      return stdout === '' ? undefined : stdout;
    }, 'the end of yes').then((status) => expect(status).toBe('141\n'));
    await new Promise((resolve) => (child.exitCode === null ? child.once('close', resolve) : resolve(undefined)));
  });

  it('holds up a program whose output nobody takes, and nobody else; all of it comes in the end', async () => {
    const child = room.start(['exec', 'm', 'sh', '-c', 'seq 1000000; echo sent > /tmp/sent']);
    child.stdout!.pause();
    expect((await room.k42(['exec', 'm', 'echo', 'others go on'])).stdout).toBe('others go on\n');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect((await room.k42(['exec', 'm', 'cat', '/tmp/sent'])).status).toBe(1);
    let bytes = 0;
    let last = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      last = (last + chunk.toString()).slice(-20);
    });
    child.stdout!.resume();
    await new Promise((resolve) => child.once('close', resolve));
    expect(bytes).toBe(6_888_896);
    expect(last).toMatch(/\n1000000\n$/);
  });

  it('still runs programs of the host', async () => {
    expect((await room.k42(['exec', './no-such-program'])).stderr).toBe('k42: ./no-such-program: not found\n');
    const script = join(room.folder, 'script');
    writeFileSync(script, '#!/bin/sh\necho "host $1"\n', { mode: 0o755 });
    expect((await room.k42(['exec', '--hostname', 'h', script, 'file'])).stdout).toBe('host file\n');
  });

  it('starts a program in the background: ps shows it, logs what it printed, kill ends it', async () => {
    const { stdout } = await room.k42([
      'exec',
      '-d',
      'm',
      'sh',
      '-c',
      'echo one; echo two; echo three; exec sleep 1000',
    ]);
    const terminal = stdout.trim();
    const row = await until(async () => {
      const list = JSON.parse((await room.k42(['ps', '--json', 'm'])).stdout);
      return list.processes.find(({ command }: { command: string[] }) => command.join(' ') === 'sleep 1000');
    }, 'the sleep');
    expect(row).toMatchObject({ parentPid: 1, uid: 0, state: 'S', terminal: expect.stringMatching(/^pts\/\d+$/) });
    expect((await room.k42(['ps', 'm'])).stdout).toMatch(
      new RegExp(`^ *${row.pid} +1 +0 +S +${row.terminal} +${terminal} +\\d.* sleep 1000$`, 'm'),
    );
    expect((await room.k42(['logs', 'm', terminal])).stdout).toBe('one\r\ntwo\r\nthree\r\n');
    expect((await room.k42(['logs', '--tail', '2', 'm', terminal])).stdout).toBe('two\r\nthree\r\n');
    const follower = room.bytes(['logs', '-f', '-n', '1', 'm', terminal]);
    expect((await room.k42(['kill', '-s', '0', 'm', String(row.pid)])).status).toBe(0);
    expect((await room.k42(['kill', '-s', 'sigint', 'm', String(row.pid)])).status).toBe(0);
    expect((await follower).stdout.toString()).toBe('three\r\n');
    expect((await room.k42(['kill', 'm', String(row.pid)])).stderr).toContain(`no process ${row.pid}`);
    expect((await room.k42(['kill', 'm', '1'])).stderr).toContain('k42 stop');
    expect((await room.k42(['kill', '-s', 'NONE', 'm', '1'])).stderr).toContain('no such signal');
    expect((await room.k42(['logs', 'm', terminal])).stdout).toContain('three');
  });

  it('is found by name by those who look into machines', async () => {
    expect((await room.k42(['ps'])).stdout).toMatch(/^m +\d+ +\d+ s +\d+ +k42 serve -d --name m /m);
    expect((await room.k42(['inspect', '--machine', 'm', '--types'])).stdout).toContain('open-file');
    expect((await room.k42(['top', '-b', '-n', '1', '--machine', 'm'])).stdout).toMatch(/^k42 up \d+ s/);
  });
});

describe.runIf(ready)('k42 serve', () => {
  const room = new Room();
  afterAll(() => room.close());

  it('chooses names, refuses one that is taken, and takes over the socket of a killed machine', async () => {
    const first = await room.k42(['serve', '-d']);
    const second = await room.k42(['serve', '-d']);
    expect([first.stdout, second.stdout]).toEqual(['default\n', 'default2\n']);
    expect((await room.k42(['attach'])).stderr).toContain('default, default2; name one');
    const taken = await room.k42(['serve', '-d', '--name', 'default']);
    expect(taken).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('a machine named default is running already'),
    });
    expect((await room.k42(['serve', '--name', '7up'])).stderr).toContain('begins with a letter');
    const [{ pid }] = JSON.parse((await room.k42(['ps', '--json'])).stdout);
    process.kill(pid, 'SIGKILL');
    await until(
      async () => ((await room.k42(['exec', 'default', 'true'])).status === 125 ? true : undefined),
      'its death',
    );
    expect(room.sockets()).toContain('default.sock');
    expect((await room.k42(['serve', '-d', '--name', 'default'])).stdout).toBe('default\n');
    expect(await room.k42(['stop', 'default', 'default2'])).toEqual({
      status: 0,
      stdout: 'default\ndefault2\n',
      stderr: '',
    });
    expect(room.sockets()).toEqual([]);
  });

  it('ends with the program it was started for, and passes its status on', async () => {
    const child = room.start(['serve', '--name', 'one', 'sh', '-c', 'echo started; read line; exit 4']);
    const status = new Promise((resolve) => child.once('close', resolve));
    await until(
      async () => ((await room.k42(['logs', 'one'])).stdout === 'started\r\n' ? true : undefined),
      'its output',
    );
    const person = await room.person('attach', 'one');
    await person.sees('started');
    person.type('word\r');
    expect((await person.leaves()).exitCode).toBe(4);
    expect(await status).toBe(4);
    expect(room.sockets()).not.toContain('one.sock');
  });

  it('stops: programs are asked first, then killed', async () => {
    await room.k42(['serve', '-d', '--name', 'two']);
    const polite = room.start([
      'exec',
      'two',
      'sh',
      '-c',
      'trap "echo goodbye; exit 3" TERM; echo ready; while :; do sleep 0.05; done',
    ]);
    const stubborn = room.start(['exec', 'two', 'sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done']);
    const output = ['', ''];
    for (const [i, child] of [polite, stubborn].entries())
      child.stdout!.on('data', (chunk: Buffer) => (output[i] += chunk.toString()));
    const ends = [polite, stubborn].map((child) => new Promise((resolve) => child.once('close', resolve)));
    await until(() => (output.every((text) => text === 'ready\n') ? true : undefined), 'both programs');
    expect((await room.k42(['stop', '-t', '0.5', 'two'])).status).toBe(0);
    expect(await Promise.all(ends)).toEqual([3, 137]);
    expect(output[0]).toBe('ready\ngoodbye\n');
    expect(room.sockets()).not.toContain('two.sock');
  });

  it('stops when its time is up: programs are asked first, and the status is 124', async () => {
    const script = 'trap "echo asked; exit 3" TERM; echo ready; while :; do sleep 0.05; done';
    const timed = ['serve', '--timeout', '3s', '--stop-timeout', '20'];
    const [alone, withProgram] = await Promise.all([
      room.k42([...timed, '--name', 'alone']),
      room.k42([...timed, '--name', 'busy', 'sh', '-c', script]),
    ]);
    expect([alone.status, withProgram.status]).toEqual([124, 124]);
    for (const name of ['alone', 'busy']) expect(room.sockets()).not.toContain(`${name}.sock`);
  });

  it.each([
    ['/nonexistent', 127, 'not found'],
    ['/etc/passwd', 126, 'permission denied'],
  ])('in the background says that %s can’t be started', async (program, status, reason) => {
    const stderr = `k42: ${program}: ${reason}\n`;
    expect(await room.k42(['serve', '-d', '--name', 'none', program])).toEqual({ status, stdout: '', stderr });
    expect(room.sockets()).not.toContain('none.sock');
  });

  it('answers who stops it, though its program ends at once', async () => {
    expect((await room.k42(['serve', '-d', '--name', 'brief', 'sleep', '1000'])).status).toBe(0);
    // One that is not there keeps it from nothing.
    const { status, stdout, stderr } = await room.k42(['stop', 'absent', 'brief']);
    expect([status, stdout]).toEqual([125, 'brief\n']);
    expect(stderr).toContain('no machine absent is running');
  });

  it('stops at a signal, with a shell in it', async () => {
    const child = room.start(['serve', '--name', 'three', 'bash']);
    const status = new Promise((resolve) => child.once('close', resolve));
    await until(
      async () => ((await room.k42(['logs', 'three'])).stdout.includes('#') ? true : undefined),
      'the prompt',
    );
    child.kill('SIGTERM');
    await status;
    expect(room.sockets()).not.toContain('three.sock');
  });
});
