import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { runOnHost } from './host-process.ts';

const place = { cwd: tmpdir(), timeoutMs: 30_000 };
const shell = (script: string, timeoutMs = place.timeoutMs): ReturnType<typeof runOnHost> =>
  runOnHost('/bin/sh', ['-c', script], { ...place, timeoutMs });

it.skipIf(process.platform !== 'linux')('a program on the host says what it wrote and how it ended', async () => {
  expect(await shell('cat; echo out; echo error >&2; exit 3')).toEqual({
    stdout: 'out\n',
    stderr: 'error\n',
    status: 3,
  });
  expect((await shell('kill -9 $$')).status).toBe(137);
  await expect(runOnHost('/nowhere/program', [], place)).rejects.toThrow('ENOENT');
});

it.skipIf(process.platform !== 'linux')('one that takes too long is ended with all of its children', async () => {
  const name = `424242.${process.pid}`;
  await expect(shell(`trap '' TERM; (sleep ${name}; :) & sleep ${name}; wait`, 500)).rejects.toThrow(
    'not at its end after 0.5 s',
  );
  const commands = readdirSync('/proc')
    .filter((entry) => Number(entry) > 0)
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return '';
      }
    });
  expect(commands.filter((command) => command.startsWith(`sleep\0${name}`))).toEqual([]);
});
