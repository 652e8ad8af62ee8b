/** Looking into a running k42 from outside, and replacing what lives in it, as a person would: inspect, swap, upgrade, top. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlClient } from '../../cli/control/client.ts';
import type { Inspection } from '../../cli/control/protocol.ts';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { requirement } from '../support/requirements.ts';
import { k42Command } from './person.ts';

const ready = (await requirement('the default root', ensureDefaultRoot)) && process.platform !== 'win32';
const [node, script] = k42Command;
/** A runtime folder of the test's own: other machines of this user are none of its business. */
const runtime = mkdtempSync(join(tmpdir(), 'k42-run-'));
const env = { ...process.env, XDG_RUNTIME_DIR: runtime };
const PATIENCE_MS = 20_000;
const LINE = '0123456789abcdef';
const LINES = 100_000;
/** `yes` stands in the pipe until its reader has had a word from standard input. */
const PIPELINE = `exec 4<&0; yes ${LINE} | (read -u 4 go; head -n ${LINES}) | md5sum`;
const PIPELINE_OUTPUT = `${createHash('md5').update(`${LINE}\n`.repeat(LINES)).digest('hex')}  -\n`;

function k42(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(node, [script, ...words], { env, encoding: 'utf8', timeout: 60_000 });
  return { status, stdout, stderr };
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('waited in vain');
}

const inspection = (...options: string[]): Inspection => JSON.parse(k42('inspect', '--json', ...options).stdout);
const sockets = (): string[] => readdirSync(join(runtime, 'k42')).map((name) => join(runtime, 'k42', name));

afterAll(() => rmSync(runtime, { recursive: true, force: true }));

describe.runIf(ready)('a running machine', () => {
  let machine: ChildProcess;
  let output = '';
  let ended: Promise<number | null>;

  beforeEach(async () => {
    output = '';
    machine = spawn(node, [script, 'run', 'bash', '-c', PIPELINE], { env });
    machine.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    ended = new Promise((resolve) => machine.once('exit', resolve));
    await until(() => {
      const { stdout, status } = k42('inspect', '--types');
      return status === 0 && /^stream +ring +\d+ +2 /m.test(stdout) ? true : undefined;
    });
  });

  afterEach(() => {
    machine.kill('SIGKILL');
  });

  /** The pipeline gets its word; its output is what an undisturbed one prints. */
  async function finishes(): Promise<void> {
    machine.stdin!.end('go\n');
    expect(await ended).toBe(0);
    expect(output).toBe(PIPELINE_OUTPUT);
  }

  it('is listed, and shows its objects, who holds them and its tasks', async () => {
    const list = k42('inspect', '--list');
    expect(list.stdout).toMatch(new RegExp(`^ *${machine.pid} +k42 +\\d+ s +k42 run bash -c exec`, 'm'));
    const { objects, holders } = inspection();
    expect(new Set(objects.map(({ type }) => type))).toEqual(
      new Set(['file-server', 'memory-object', 'open-file', 'scheduling-policy', 'stream']),
    );
    expect(holders.map(({ name }) => name)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^process \d+ \(yes\)$/)]),
    );
    const top = k42('top', '-b', '-n', '1').stdout;
    expect(top).toMatch(/^k42 up \d+ s, \d+ tasks, \d+ running, \d+ objects$/m);
    expect(top).toMatch(/ S +TimeShare +1024 +0 .* write +yes$/m);
    await finishes();
  });

  it('tells what a process has, and who waits on what', async () => {
    const [socket] = sockets();
    const client = await ControlClient.open(socket!);
    const { tasks } = await client.call('tasks', {});
    const writer = tasks.find(({ name }) => name === 'yes')!;
    const detail = await client.call('process', { pid: writer.pid });
    expect(detail).toMatchObject({ name: 'yes', argv: ['yes', LINE], uid: 0 });
    const output = detail.descriptors.find(({ fd }) => fd === 1);
    expect(output).toMatchObject({
      target: expect.stringMatching(/^pipe:\[\d+\]$/),
      access: 'write',
      type: 'open-file',
    });
    expect(detail.regions).toContainEqual(
      expect.objectContaining({ permissions: 'rw-p', name: '[stack]', type: 'memory-object' }),
    );
    expect(detail.regions.every(({ start, end }) => start < end)).toBe(true);
    // Who waits, in which call, on the queue of which object.
    const { waiters, queues, waiter } = await until(async () => {
      const table = await client.call('waits', {});
      const found = table.waiters.find(({ pid }) => pid === writer.pid);
      return found && { ...table, waiter: found };
    });
    expect(waiter.call).toMatch(/^write\(1, "[0-9a-f]*\\n.*, \d+\)$/);
    expect(queues.find(({ queue }) => queue === waiter.queues[0])).toMatchObject({ object: output!.object, length: 1 });
    expect(waiters.find(({ call }) => call === 'read(4, …)')).toMatchObject({ name: 'bash' });
    await expect(client.call('process', { pid: 99_999 })).rejects.toThrow('there is no process 99999');
    client.close();
    await finishes();
  });

  it('has the pipe in use swapped, and loses no byte', async () => {
    const [stream] = inspection('--type', 'stream').objects;
    for (const implementation of ['packet', 'large-ring', 'ring']) {
      const swap = k42('swap', String(stream!.id), implementation);
      expect(swap.stdout).toMatch(new RegExp(`^object ${stream!.id} is ${implementation} now, after \\d+ µs\\n$`));
      expect(swap.status).toBe(0);
    }
    expect(k42('swap', String(stream!.id), 'nonsense')).toMatchObject({
      status: 125,
      stderr: 'k42: there is no implementation nonsense of stream\n',
    });
    expect(k42('swap', '99999', 'ring').stderr).toBe('k42: there is no object 99999\n');
    await finishes();
  });

  it('is upgraded from a file outside the repository, or refuses and goes on', async () => {
    const module = (name: string, text: string): string => {
      const path = join(runtime, name);
      writeFileSync(path, text);
      return path;
    };
    const good = module(
      'good.ts',
      `export const implementation: string = 'ring';
       export const upgrade = (current: any) => ({
         version: current.version + 1,
         construct: (...args: unknown[]) => current.construct(...args),
         successor: (old: unknown) => current.successor(old),
       });`,
    );
    expect(k42('upgrade', 'stream', good).stdout).toBe('stream is upgraded: 2 objects replaced\n');
    expect(k42('inspect', '--types').stdout).toMatch(/^stream +ring +2 +2 /m);
    const throwing = module(
      'throwing.mjs',
      `export const implementation = 'ring';
       export const upgrade = (current) => ({ ...current, version: 9, successor: () => { throw new Error('not today'); } });`,
    );
    expect(k42('upgrade', 'stream', throwing)).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^stream stays as it was: .*not today/),
    });
    expect(k42('upgrade', 'stream', module('broken.mjs', 'export const implementation = ;')).status).toBe(125);
    expect(k42('upgrade', 'stream', join(runtime, 'absent.mjs')).status).toBe(125);
    expect(k42('inspect', '--types').stdout).toMatch(/^stream +ring +2 +2 /m);
    await finishes();
  });

  it('can be reached by its owner only, and does not mind what is sent', async () => {
    const [socket] = sockets();
    expect(statSync(join(runtime, 'k42')).mode & 0o777).toBe(0o700);
    expect(statSync(socket!).mode & 0o177).toBe(0);
    const answers = async (sent: string | Uint8Array): Promise<string> => {
      const peer = connect(socket!);
      let received = '';
      peer.on('data', (chunk) => (received += chunk.toString()));
      peer.on('error', () => undefined);
      peer.end(sent);
      await new Promise((resolve) => peer.once('close', resolve));
      return received;
    };
    expect(await answers('nonsense\n')).toBe('{"id":null,"error":"not JSON"}\n');
    expect(await answers('{"id":1,"method":"nothing"}\n')).toBe(`{"id":1,"error":"there is no method 'nothing'"}\n`);
    expect(await answers('{"id":1,"method":"swap","params":{"object":"x"}}\n')).toContain('`object` is not an integer');
    expect(await answers('{"id":1,"meth')).toBe('');
    expect(await answers(new Uint8Array(200_000).fill(0x61))).toContain('longer than');
    await answers(new Uint8Array(5000).map((_, i) => (i * 7) & 0xff));
    await finishes();
  });

  it('leaves no socket, nor does one that was killed for long', async () => {
    expect(sockets().length).toBe(1);
    machine.kill('SIGKILL');
    await ended;
    expect(k42('inspect', '--list').stdout.split('\n').length).toBe(2);
    expect(sockets()).toEqual([]);
    expect(k42('inspect')).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('no k42 of yours is running'),
    });
  });
});
