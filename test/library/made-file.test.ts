/** Regular files whose content JavaScript makes. */
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Machine } from '../../cli/library/index.ts';
import { ensureDefaultRoot } from '../support/default-root.ts';

let machine: Machine;

beforeAll(async () => {
  machine = await Machine.create({ root: await ensureDefaultRoot() });
});
afterAll(() => machine.close());

it('is made anew at each opening, and every way of reading waits for it', async () => {
  let made = 0;
  machine.file('/run/answer', async () => {
    await after(5);
    return `answer ${++made}\n`;
  });
  const ways = [
    'cat /run/answer',
    'cp /run/answer /tmp/copy; cat /tmp/copy',
    'dd if=/run/answer bs=3 skip=2 2>&-',
    'tail -n 1 /run/answer',
    'bash -c "read -r line < /run/answer; echo \\$line"',
    'grep . /run/answer',
  ];
  const { stdout, stderr } = await machine.exec(ways.join('\n'));
  expect([stdout, stderr]).toEqual(['answer 1\nanswer 2\n 3\nanswer 4\nanswer 5\nanswer 6\n', '']);
  expect(await machine.fs.readFile('/run/answer', 'utf8')).toBe('answer 7\n');
  expect((await machine.exec('stat -c "%F %a %s" /run/answer; echo x > /run/answer')).stdout).toMatch(
    /^regular (empty )?file 444 0\n$/,
  );
});

it('tells of a failure', async () => {
  machine.file('/run/broken', () => Promise.reject(new Error('no')));
  expect((await machine.exec(['cat', '/run/broken'])).stderr).toContain('Input/output error');
});

it('hears what one opening has written, whole, when it is closed', async () => {
  const heard: string[] = [];
  machine.file('/run/switch', { read: () => 'off\n', write: (content) => void heard.push(content.toString()) });
  await machine.exec([
    'bash',
    '-c',
    '{ echo one; echo two; } > /run/switch; echo three >> /run/switch; : > /run/switch',
  ]);
  await machine.fs.writeFile('/run/switch', 'x'.repeat(300_000));
  while (heard.length < 3) await after(1);
  expect(heard.slice(0, 2)).toEqual(['one\ntwo\n', 'three\n']);
  expect(heard[2]).toHaveLength(300_000);
  machine.file('/run/ear', { write: () => undefined });
  expect((await machine.exec(['cat', '/run/ear'])).stderr).toContain('Permission denied');
});

it('covers what is there until it is removed', async () => {
  const before = await machine.fs.readFile('/etc/passwd', 'utf8');
  const file = machine.file('/etc/passwd', () => 'root:x:0:0:made:/:/bin/sh\n');
  expect(await machine.fs.readFile('/etc/passwd', 'utf8')).toContain('made');
  expect((await machine.exec('grep -c " /etc/passwd " /proc/mounts; rm /etc/passwd')).stdout).toBe('1\n');
  file.remove();
  file.remove();
  expect(await machine.fs.readFile('/etc/passwd', 'utf8')).toBe(before);
  const fresh = machine.file('/srv/new/file', () => 'x');
  expect(await machine.fs.readFile('/srv/new/file', 'utf8')).toBe('x');
  fresh.remove();
  await expect(machine.fs.stat('/srv/new/file')).rejects.toMatchObject({ code: 'ENOENT' });
  expect(() => machine.file('/etc', () => '')).toThrow(/folder/);
  expect(() => machine.file('relative', () => '')).toThrow('no absolute path');
});
