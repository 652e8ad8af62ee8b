/** The scripts that `k42 completion` prints, read by the shells they are for. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { k42Command, Person } from './person.ts';

const [node, script] = k42Command;
const isThere = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

let folder: string;
let env: Record<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k42-completion-'));
  const command = join(folder, 'k42');
  writeFileSync(command, `#!/bin/sh\nexec '${node}' '${script}' "$@"\n`);
  chmodSync(command, 0o755);
  writeFileSync(join(folder, 'program.tar'), '');
  env = { ...(process.env as Record<string, string>), PATH: `${folder}${delimiter}${process.env['PATH']}` };
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const printed = (shell: string): string => spawnSync(node, [script, 'completion', shell], { encoding: 'utf8' }).stdout;

/** What bash would offer for the last of the words. */
function offered(...words: readonly string[]): string[] {
  const commands =
    'source <(k42 completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _k42; printf "%s\\n" "${COMPREPLY[@]}"';
  const { stdout } = spawnSync('bash', ['-c', commands, 'bash', ...words], { cwd: folder, env, encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line !== '');
}

describe.runIf(isThere('bash'))('completion in bash', () => {
  it('offers commands, options, values and files', () => {
    expect(offered('k42', 'conf')).toEqual(['conformance']);
    expect(offered('k42', 'run', '--read')).toEqual(['--read-only']);
    expect(offered('k42', 'run', '--engine', '=', 'ch')).toEqual(['checked']);
    expect(offered('k42', 'run', '--rootfs', 'pro')).toEqual(['program.tar']);
    expect(offered('k42', '--rootfs', 'nothing-here')).toEqual([]);
  });

  it('fills in what is typed', async () => {
    const person = await Person.at(['bash', '--norc', '--noprofile', '-i'], { ...env, PS1: 'ready> ' });
    await person.sees('ready> ');
    person.type('source <(k42 completion bash); echo has""-read\r');
    await person.sees('has-read');
    person.type('echo k42; k42 vers\t--js\t\r');
    await person.sees('"version":');
    person.close();
  });
});

it.runIf(isThere('zsh'))('the script for zsh is one', () => {
  const { status, stderr } = spawnSync('zsh', ['-n'], { input: printed('zsh'), encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

it.runIf(isThere('fish'))('fish completes by its script', () => {
  const command = 'k42 completion fish | source; complete -C "k42 run --read"; complete -C "k42 completion z"';
  const { stdout } = spawnSync('fish', ['--no-config', '-c', command], { env, encoding: 'utf8' });
  expect(stdout.split('\n').map((line) => line.split('\t')[0])).toEqual(['--read-only', 'zsh', '']);
});
