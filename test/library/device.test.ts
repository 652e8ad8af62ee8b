/** Devices whose other side is JavaScript. */
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Machine } from '../../cli/library/index.ts';
import { ensureDefaultRoot } from '../support/default-root.ts';

let machine: Machine;

beforeAll(async () => {
  machine = await Machine.create({ root: await ensureDefaultRoot() });
});
afterAll(() => machine.close());

it('is read to its end, anew at each opening; programs wait for the answer', async () => {
  let asked = 0;
  machine.device('/dev/answer', {
    async read() {
      await after(10);
      return `${++asked}\n`.repeat(50_000);
    },
  });
  const { stdout } = await machine.exec('wc -c < /dev/answer; head -n 1 /dev/answer; stat -c "%F %a" /dev/answer');
  expect(stdout).toBe('100000\n2\ncharacter special file 644\n');
  expect(await machine.fs.readFile('/dev/answer', 'utf8')).toHaveLength(100_000);
});

it('hears what is written, a write at a time and in order', async () => {
  const heard: string[] = [];
  let atOnce = 0;
  machine.device('/dev/ear', {
    async write(bytes) {
      expect(++atOnce).toBe(1);
      await after(1);
      atOnce--;
      heard.push(bytes.toString());
    },
  });
  expect((await machine.exec(['bash', '-c', 'for i in 1 2 3; do echo $i; done > /dev/ear'])).status).toBe(0);
  await after(20);
  while (heard.length < 3) await after(5);
  expect(heard).toEqual(['1\n', '2\n', '3\n']);
});

it('tells programs of failures, and is taken away again', async () => {
  const device = machine.device('/tmp/broken', {
    read: () => Promise.reject(new Error('no')),
  });
  expect((await machine.exec(['cat', '/tmp/broken'])).stderr).toContain('Input/output error');
  expect((await machine.exec(['bash', '-c', 'echo x > /tmp/broken'])).status).toBe(1);
  expect(() => machine.device('/tmp/broken', {})).toThrow(
    expect.objectContaining({ code: 'EEXIST', path: '/tmp/broken' }),
  );
  await device.remove();
  await expect(machine.fs.stat('/tmp/broken')).rejects.toMatchObject({ code: 'ENOENT' });
});
