/** What goes on in a machine: trace, census, tasks, swaps; and that machines do not see each other. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Machine, type TraceRecord } from '../../cli/library/index.ts';
import { ensureDefaultRoot } from '../support/default-root.ts';

let machine: Machine;
let root: string;

beforeAll(async () => {
  root = await ensureDefaultRoot();
  machine = await Machine.create({ root });
});
afterAll(() => machine.close());

it('tells of what is traced, to those who listen, as long as they do', async () => {
  const records: TraceRecord[] = [];
  const subscription = machine.trace(['process', 'syscall'], (record) => records.push(record));
  await machine.exec(['sh', '-c', 'true & wait']);
  const forks = records.filter(({ name }) => name === 'processForked');
  expect(forks).toHaveLength(1);
  const child = forks[0]!.fields['child'];
  expect(records.some(({ name, fields }) => name === 'processEnded' && fields['process'] === child)).toBe(true);
  expect(records.some(({ name, fields }) => name === 'syscallEnter' && fields['thread'] === child)).toBe(true);
  expect(records.map(({ timeNs }) => timeNs)).toEqual(records.map(({ timeNs }) => timeNs).toSorted((a, b) => a - b));
  expect(subscription.lost).toBe(0);
  subscription.remove();
  const before = records.length;
  await machine.exec(['true']);
  expect(records.length).toBe(before);
  expect(() => machine.trace(['nonsense' as 'cpu'], () => undefined)).toThrow("no class of trace events 'nonsense'");
});

it('shows tasks and objects, and swaps an implementation under a running program', async () => {
  const child = machine.spawn('sh', ['-c', 'exec 3< /etc/passwd; echo ready; read go; cat <&3 | wc -l']);
  child.stdout!.setEncoding('utf8');
  const output = child.stdout![Symbol.asyncIterator]() as AsyncIterator<string>;
  await output.next();
  const shell = () => machine.tasks().tasks.find(({ pid }) => pid === child.pid);
  while (shell()?.waitsIn !== 'poll') await turn();
  expect(shell()).toMatchObject({ name: 'sh', parentPid: 1, state: 'S' });
  const { holders, objects, types } = machine.inspect();
  const held = holders.find(({ name }) => name.startsWith(`process ${child.pid} `))!.objects;
  const file = objects.find(({ id, implementation }) => held.includes(id) && implementation === 'small-read-only');
  expect(types.length).toBeGreaterThan(3);
  expect(file).toBeDefined();
  expect(await machine.swap(file!.id, 'shared')).toMatchObject({ outcome: 'complete' });
  child.stdin!.end('go\n');
  expect(Number((await output.next()).value)).toBeGreaterThan(0);
});

it('machines do not see each other', async () => {
  await using other = await Machine.create({ root, hostname: 'other' });
  await machine.fs.writeFile('/tmp/mine', 'x');
  await expect(other.fs.stat('/tmp/mine')).rejects.toMatchObject({ code: 'ENOENT' });
  using _injection = other.inject('uname:error=EPERM');
  const child = machine.spawn('sleep', ['1000']);
  expect((await machine.exec(['hostname'])).stdout).toBe('k42\n');
  expect(await other.fs.readFile('/proc/sys/kernel/hostname', 'utf8')).toBe('other\n');
  expect(other.tasks().tasks.map(({ name }) => name)).not.toContain('sleep');
  await other.close();
  await other.close();
  expect(() => other.spawn('true')).toThrow('the machine is closed');
  await expect(other.exec(['true'])).rejects.toMatchObject({ code: 'ERR_MACHINE_CLOSED' });
  await expect(other.fs.stat('/')).rejects.toMatchObject({ code: 'ERR_MACHINE_CLOSED' });
  expect(child.kill(0)).toBe(true);
  child.kill();
  expect(await child.exited).toEqual({ status: null, signal: 'SIGTERM' });
});

it('closing ends what runs', async () => {
  const other = await Machine.create({ root });
  const child = other.spawn('sleep', ['1000']);
  await other.close();
  expect(await child.exited).toEqual({ status: null, signal: 'SIGKILL' });
});

it('limits, user, folder, environment and volumes are as they were said', async () => {
  await using other = await Machine.create({
    root,
    user: '1000:100',
    workdir: '/work/here',
    hostname: 'box',
    env: { A: 'b' },
    limits: { openFiles: 17, fileSizeBytes: 4096 },
    mounts: [{ source: import.meta.dirname, target: '/shown', access: 'read-only' }],
  });
  const { stdout } = await other.exec('id -u; id -g; pwd; hostname; echo $A; ulimit -n; ls /shown');
  expect(stdout.split('\n').slice(0, 6)).toEqual(['1000', '100', '/work/here', 'box', 'b', '17']);
  expect(stdout).toContain('looking-inside.test.ts');
  await expect(other.fs.writeFile('/shown/x', '')).rejects.toMatchObject({ code: 'EROFS' });
  const big = await other.exec(['dd', 'if=/dev/zero', 'of=/tmp/big', 'bs=1000', 'count=10']);
  expect(big.signal ?? big.status).not.toBe(0);
  expect((await other.fs.stat('/tmp/big')).size).toBe(4096);
  await expect(Machine.create({ root, limits: { openFiles: -1 } })).rejects.toThrow('no whole number');
  const misspelt = { root, environment: {} };
  await expect(Machine.create(misspelt)).rejects.toThrow("no option 'environment'; there are root, mounts, env");
});
