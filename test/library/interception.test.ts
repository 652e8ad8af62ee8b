/** Deciding about system calls from outside: verdicts in JavaScript, faults in the words of strace. */
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, type InterceptedCall } from '../../cli/library/index.ts';
import { parseInjection } from '../../cli/library/injection.ts';
import { ensureDefaultRoot } from '../support/default-root.ts';

let machine: Machine;

beforeAll(async () => {
  machine = await Machine.create({ rootfs: await ensureDefaultRoot() });
});
afterAll(() => machine.close());

describe('intercept', () => {
  it('sees calls with their arguments, and lets them go on', async () => {
    const seen: InterceptedCall[] = [];
    using _interception = machine.intercept('openat,write', (call) => void seen.push(call));
    await machine.exec(['bash', '-c', 'echo hi < /etc/passwd']);
    const opened = seen.find(({ name, args }) => name === 'openat' && args[1] === '/etc/passwd');
    expect(opened).toMatchObject({
      number: 257,
      args: [-100, '/etc/passwd', expect.any(Number), expect.any(Number)],
      program: 'bash',
    });
    expect(opened!.pid).toBe(opened!.tid);
    expect(seen.some(({ name, args }) => name === 'write' && args[0] === 1)).toBe(true);
    expect(new Set(seen.map(({ name }) => name)).size).toBe(2);
  });

  it('refuses with an errno, and only while it is there', async () => {
    const interception = machine.intercept('openat', ({ args }) =>
      args[1] === '/etc/passwd' ? { errno: 'EACCES' } : undefined,
    );
    const refused = await machine.exec(['cat', '/etc/passwd']);
    expect(refused.stderr).toBe("cat: can't open '/etc/passwd': Permission denied\n");
    interception.remove();
    expect((await machine.exec(['cat', '/etc/passwd'])).status).toBe(0);
  });

  it('answers in place of the call', async () => {
    using _interception = machine.intercept('getuid,geteuid', () => ({ result: 4711 }));
    expect((await machine.exec(['id', '-u'])).stdout).toBe('4711\n');
  });

  it('reaches programs that run already', async () => {
    const child = machine.spawn('sh', ['-c', 'while read line; do echo $line; done']);
    child.stdout!.setEncoding('utf8');
    child.stdin!.write('one\n');
    const lines = child.stdout![Symbol.asyncIterator]() as AsyncIterator<string>;
    expect((await lines.next()).value).toBe('one\n');
    const seen: string[] = [];
    using _interception = machine.intercept('write', ({ name }) => void seen.push(name));
    child.stdin!.end('two\n');
    expect((await lines.next()).value).toBe('two\n');
    expect(seen).toContain('write');
    await child.exited;
  });

  it('asks several in turn: the first that has a say decides', async () => {
    const asked: string[] = [];
    using _one = machine.intercept('getuid', () => void asked.push('one'));
    using _two = machine.intercept('getuid', () => ({ result: 2 }));
    using _three = machine.intercept('getuid', () => void asked.push('three'));
    expect((await machine.exec(['bash', '-c', 'echo $UID'])).stdout).toBe('2\n');
    expect(asked).toContain('one');
    expect(asked).not.toContain('three');
  });

  it('delays the beginning of a call and its end; others go on meanwhile', async () => {
    using _interception = machine.intercept('getuid', () => ({ delayMs: 150, delayExitMs: 150 }));
    const started = performance.now();
    const child = machine.exec(['bash', '-c', 'echo $UID']);
    expect((await machine.exec(['echo', 'quick'])).stdout).toBe('quick\n');
    expect((await child).stdout).toBe('0\n');
    expect(performance.now() - started).toBeGreaterThan(295);
  });

  it('delays the end of a call that waits', async () => {
    using _interception = machine.intercept('wait4', () => ({ delayExitMs: 100 }));
    const started = performance.now();
    const { stdout } = await machine.exec(['bash', '-c', 'sleep 0.1; echo $?']);
    expect(stdout).toBe('0\n');
    expect(performance.now() - started).toBeGreaterThan(195);
  });

  it('a delayed call dies with its process', async () => {
    using _interception = machine.intercept('getuid', () => ({ delayMs: 1e9 }));
    const child = machine.spawn('bash', ['-c', 'echo $UID']);
    await after(20);
    child.kill('SIGKILL');
    expect(await child.exited).toEqual({ status: null, signal: 'SIGKILL' });
  });

  it('refuses sets and verdicts that make no sense', () => {
    expect(() => machine.intercept('no_such_call', () => undefined)).toThrow("invalid system call 'no_such_call'");
    expect(() => machine.inject('write:error=ENONSENSE')).toThrow('there is no error ENONSENSE');
  });
});

describe('inject', () => {
  const comeIn = 'for i in 1 2 3 4 5 6 7; do cd /tmp 2>/dev/null && echo $i; done';
  it.each([
    ['chdir:error=EACCES:when=3+', '12'],
    ['chdir:error=EACCES:when=2', '134567'],
    ['chdir:error=EACCES:when=2..3', '14567'],
    ['chdir:error=13:when=1+3', '2356'],
    ['inject=chdir:error=EIO:when=2..5+2', '13567'],
  ])('%s', async (expression, through) => {
    using _injection = machine.inject(expression);
    expect((await machine.exec(['sh', '-c', comeIn])).stdout.replaceAll('\n', '')).toBe(through);
  });

  it('makes a disk full after two writes', async () => {
    using _injection = machine.inject('write:error=ENOSPC:when=3+');
    const { stdout, status } = await machine.exec(['bash', '-c', 'echo 1; echo 2; echo 3']);
    expect([stdout, status]).toEqual(['1\n2\n', 1]);
  });

  it('makes a call succeed that does nothing', async () => {
    using _injection = machine.inject('unlink,unlinkat:retval=0');
    const { stdout, status } = await machine.exec('echo x > /tmp/kept && rm /tmp/kept && cat /tmp/kept');
    expect([stdout, status]).toEqual(['x\n', 0]);
  });

  it('sends a signal', async () => {
    using _injection = machine.inject('getuid:signal=SIGUSR1');
    expect(await machine.exec(['bash', '-c', 'echo $UID'])).toMatchObject({ status: null, signal: 'SIGUSR1' });
  });

  it('reads times with their units', () => {
    const delays = ['5', '5us', '2ms', '1s', '1.5ms', '10ns'].map(
      (time) => parseInjection(`read:delay_enter=${time}`).decision.delayEnterNs,
    );
    expect(delays).toEqual([5000, 5000, 2e6, 1e9, 1.5e6, 10]);
  });

  it.each([
    'write',
    'write:when=3',
    'write:when=0:error=EIO',
    'write:retval=x',
    'write:error=EIO:retval=1',
    'write:x=1',
  ])('refuses %s', (expression) => {
    expect(() => parseInjection(expression)).toThrow(/./);
  });
});
