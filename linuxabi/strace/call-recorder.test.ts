import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHost } from '../../cli/library/create-host.ts';
import { exec } from '../../cli/library/exec.ts';
import type { MachineHost } from '../../cli/library/machine-host.ts';
import { CallRecorder, type CallRecord } from './call-recorder.ts';
import { parseSelection } from './selection.ts';

let host: MachineHost;

beforeAll(async () => {
  host = await createHost({});
});
afterAll(() => host.close());

interface Recorded {
  readonly records: CallRecord[];
  readonly skipped: number;
  readonly stdout: string;
}

async function record(
  line: string,
  { set = 'all', budget = 1e6, pid = undefined as number | undefined } = {},
): Promise<Recorded> {
  const records: CallRecord[] = [];
  const selected = parseSelection(set);
  if (typeof selected === 'string') throw new Error(selected);
  const { machine } = host;
  const take = (found: CallRecord): void => void records.push(found);
  const recorder = new CallRecorder({ nowNs: () => machine.nowNs(), selected, pid, take });
  recorder.budget = budget;
  const remove = machine.addTracer(recorder);
  const { stdout } = await exec(host, line);
  remove();
  return { records, skipped: recorder.skipped, stdout: String(stdout) };
}

it('tells of each call in words of strace, with its caller and how it ended', async () => {
  const { records } = await record('echo hello; cat /nowhere', { set: 'write,%file' });
  const echo = records.find(({ text }) => text === 'write(1, "hello\\n", 6)');
  expect(echo).toMatchObject({ result: '6', name: 'write', program: 'sh', outcome: 'success' });
  expect(records.map(({ text, result, outcome, program }) => ({ text, result, outcome, program }))).toContainEqual({
    text: expect.stringMatching(/^open(at)?\(.*"\/nowhere".*\)$/),
    result: '-1 ENOENT (No such file or directory)',
    outcome: 'error',
    program: 'cat',
  });
  expect(records.every(({ name }) => name !== 'read')).toBe(true);
  expect(records.every(({ durationNs }) => durationNs >= 0)).toBe(true);
});

it('tells of signals, and of a call that its thread did not survive', async () => {
  const { records } = await record('sleep 1000 & kill -9 $!; wait');
  expect(records.map(({ text, result, outcome }) => ({ text, result, outcome }))).toEqual(
    expect.arrayContaining([
      { text: expect.stringMatching(/^--- SIGCHLD .*CLD_KILLED/), result: '', outcome: 'signal' },
      { text: expect.stringMatching(/^exit_group\(\d+\)$/), result: '?', outcome: 'killed' },
    ]),
  );
});

it('keeps to one process, and to its budget', async () => {
  const all = await record('cat /etc/hostname >/dev/null; true');
  const pids = new Set(all.records.map(({ pid }) => pid));
  expect(pids.size).toBeGreaterThan(1);
  const few = await record('i=0; while [ $i -lt 50 ]; do echo $i; i=$((i+1)); done', { set: 'write', budget: 10 });
  expect(few.records).toHaveLength(10);
  expect(few.skipped).toBe(40);
  const none = await record('true', { pid: 1 });
  expect(none.records).toEqual([]);
  expect(none.skipped).toBe(0);
});

it('leaves the machine without a tracer', () => {
  expect(host.machine.tracer).toBeUndefined();
});
