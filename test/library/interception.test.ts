/** Deciding about system calls from outside: verdicts in JavaScript, faults in the words of strace. */
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, type InterceptedCall } from '../../cli/library/index.ts';
import { parseInjection } from '../../cli/library/injection.ts';
import { decisionOf } from '../../cli/library/verdict.ts';
import { ensureDefaultRoot } from '../support/default-root.ts';

let machine: Machine;

beforeAll(async () => {
  machine = await Machine.create({ root: await ensureDefaultRoot() });
});
afterAll(() => machine.close());

describe("on('syscall')", () => {
  it('sees calls with their arguments, and lets them go on', async () => {
    const seen: InterceptedCall[] = [];
    using _interception = machine.on('syscall', 'openat,write', (call) => void seen.push(call));
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
    const interception = machine.on('syscall', 'openat', ({ args }) =>
      args[1] === '/etc/passwd' ? { errno: 'EACCES' } : undefined,
    );
    const refused = await machine.exec(['cat', '/etc/passwd']);
    expect(refused.stderr).toBe("cat: can't open '/etc/passwd': Permission denied\n");
    interception.remove();
    expect((await machine.exec(['cat', '/etc/passwd'])).status).toBe(0);
  });

  it('answers in place of the call', async () => {
    using _interception = machine.on('syscall', 'getuid,geteuid', () => ({ result: 4711 }));
    expect((await machine.exec(['id', '-u'])).stdout).toBe('4711\n');
  });

  it('reaches programs that run already', async () => {
    const child = machine.spawn('sh', ['-c', 'while read line; do echo $line; done']);
    child.stdout!.setEncoding('utf8');
    child.stdin!.write('one\n');
    const lines = child.stdout![Symbol.asyncIterator]() as AsyncIterator<string>;
    expect((await lines.next()).value).toBe('one\n');
    const seen: string[] = [];
    using _interception = machine.on('syscall', 'write', ({ name }) => void seen.push(name));
    child.stdin!.end('two\n');
    expect((await lines.next()).value).toBe('two\n');
    expect(seen).toContain('write');
    await child.exited;
  });

  it('asks several in turn: the first that has a say decides', async () => {
    const asked: string[] = [];
    using _one = machine.on('syscall', 'getuid', () => void asked.push('one'));
    using _two = machine.on('syscall', 'getuid', () => ({ result: 2 }));
    using _three = machine.on('syscall', 'getuid', () => void asked.push('three'));
    expect((await machine.exec(['bash', '-c', 'echo $UID'])).stdout).toBe('2\n');
    expect(asked).toContain('one');
    expect(asked).not.toContain('three');
  });

  it('delays the beginning of a call and its end; others go on meanwhile', async () => {
    using _interception = machine.on('syscall', 'getuid', () => ({ delayMs: 150, delayExitMs: 150 }));
    const started = performance.now();
    const child = machine.exec(['bash', '-c', 'echo $UID']);
    expect((await machine.exec(['echo', 'quick'])).stdout).toBe('quick\n');
    expect((await child).stdout).toBe('0\n');
    expect(performance.now() - started).toBeGreaterThan(295);
  });

  it('delays the end of a call that waits', async () => {
    using _interception = machine.on('syscall', 'wait4', () => ({ delayExitMs: 100 }));
    const started = performance.now();
    const { stdout } = await machine.exec(['bash', '-c', 'sleep 0.1; echo $?']);
    expect(stdout).toBe('0\n');
    expect(performance.now() - started).toBeGreaterThan(195);
  });

  it('a delayed call dies with its process', async () => {
    using _interception = machine.on('syscall', 'getuid', () => ({ delayMs: 1e9 }));
    const child = machine.spawn('bash', ['-c', 'echo $UID']);
    await after(20);
    child.kill('SIGKILL');
    expect(await child.exited).toEqual({ status: null, signal: 'SIGKILL' });
  });

  it('waits for an answer that is promised, and nobody else does', async () => {
    const asked: string[] = [];
    let answer: (isAllowed: boolean) => void = () => undefined;
    using _interception = machine.on('syscall', 'mkdir', ({ args: [path] }) => {
      asked.push(String(path));
      return new Promise((resolve) => {
        answer = (isAllowed) => resolve(isAllowed ? undefined : { errno: 'EPERM' });
      });
    });
    const child = machine.exec('mkdir /tmp/first; mkdir /tmp/second');
    while (asked.length < 1) await after(1);
    expect((await machine.exec(['echo', 'meanwhile'])).stdout).toBe('meanwhile\n');
    await expect(machine.fs.stat('/tmp/first')).rejects.toMatchObject({ code: 'ENOENT' });
    answer(true);
    while (asked.length < 2) await after(1);
    answer(false);
    expect((await child).stderr).toContain("can't create directory '/tmp/second': Operation not permitted");
    expect(asked).toEqual(['/tmp/first', '/tmp/second']);
    expect((await machine.fs.stat('/tmp/first')).isDirectory()).toBe(true);
  });

  it('asks the next one when a promise comes to nothing, and the dead need no answer', async () => {
    using _one = machine.on('syscall', 'getuid', async () => after(5));
    using _two = machine.on('syscall', ['getuid'], async () => ({ result: 4712 }));
    expect((await machine.exec(['id', '-ru'])).stdout).toBe('4712\n');
    let asked = 0;
    using _never = machine.on('syscall', 'getppid', () => {
      asked++;
      return new Promise(() => undefined);
    });
    const child = machine.spawn('bash', ['-c', 'echo $PPID']);
    while (asked === 0) await after(1);
    child.kill('SIGKILL');
    expect(await child.exited).toEqual({ status: null, signal: 'SIGKILL' });
  });

  it('puts other arguments in place of the program’s, which does not see it', async () => {
    await machine.fs.writeFile('/tmp/decoy', 'decoy\n');
    using _path = machine.on('syscall', 'open,openat', ({ name, args }) => {
      const index = name === 'open' ? 0 : 1;
      if (args[index] !== '/etc/passwd') return undefined;
      return { args: index === 0 ? ['/tmp/decoy'] : [undefined, '/tmp/decoy'] };
    });
    expect((await machine.exec('cat /etc/passwd; cat < /etc/passwd')).stdout).toBe('decoy\ndecoy\n');
    using _mode = machine.on('syscall', 'mkdir', () => ({ args: [undefined, 0o700], delayMs: 1 }));
    expect((await machine.exec('mkdir -m 777 /tmp/narrow; stat -c %a /tmp/narrow')).stdout).toMatch(/^7[07][07]\n$/);
    expect((await machine.exec(['bash', '-c', 'mkdir /tmp/closed; stat -c %a /tmp/closed'])).stdout).toBe('700\n');
    using _long = machine.on('syscall', 'chdir', () => ({ args: ['x'.repeat(5000)] }));
    expect((await machine.exec('cd /tmp')).stderr).toContain('File name too long');
  });

  it('restores the registers of a call that waits, and rewrites it anew when it is restarted', async () => {
    // SIGCHLD of the sleeper interrupts the read, which is restarted: at descriptor 7 both times.
    let asked = 0;
    using _read = machine.on('syscall', 'read', ({ args: [fd], program }) => {
      if (fd !== 6 || program !== 'bash') return undefined;
      asked++;
      return { args: [7] };
    });
    const child = machine.spawn('bash', [
      '-c',
      'mkfifo /tmp/fifo; exec 6</dev/null 7<>/tmp/fifo; trap : CHLD; sleep 0.05 & read -u 6 line; echo "got $line"',
    ]);
    let shown = '';
    child.stdout!.on('data', (part: Buffer) => (shown += part.toString()));
    while (asked < 2) await after(1);
    await machine.exec('echo one > /tmp/fifo');
    expect(await child.exited).toEqual({ status: 0, signal: null });
    expect(shown).toBe('got one\n');
  });

  it('shows the memory that pointers lead to, and changes it', async () => {
    using _write = machine.on('syscall', 'write', ({ args: [, address, length], memory }) => {
      const text = memory.read(Number(address), Number(length)).toString();
      if (text !== 'secret\n') return;
      expect(() => memory.read(8, 16)).toThrow(expect.objectContaining({ code: 'EFAULT' }));
      memory.write(Number(address), Buffer.from('******'));
    });
    expect((await machine.exec(['bash', '-c', 'echo open; echo secret'])).stdout).toBe('open\n******\n');
  });

  it('refuses sets and verdicts that make no sense', () => {
    expect(() => machine.on('exit' as 'syscall', 'all', () => undefined)).toThrow("no event 'exit'");
    expect(() => decisionOf({ args: ['/x'] }, 3)).toThrow("argument 0 of close can't be");
    expect(() => decisionOf({ args: [1.5] }, 3)).toThrow("can't be 1.5");
    expect(() => machine.on('syscall', 'no_such_call', () => undefined)).toThrow("invalid system call 'no_such_call'");
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
