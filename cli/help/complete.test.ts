import { describe, expect, it } from 'vitest';
import { complete } from './complete.ts';

async function words(...line: string[]): Promise<string[]> {
  const { candidates, takesPath } = await complete(line);
  return [...candidates.map(({ word }) => word), ...(takesPath ? ['(paths)'] : [])];
}

describe('completion', () => {
  it('of the first word: commands, options of the shell, programs of the host', async () => {
    expect(await words('st')).toEqual(['stop']);
    expect(await words('')).toContain('run');
    expect(await words('--ent')).toEqual(['--entrypoint']);
    expect(await words('./')).toEqual(['(paths)']);
    expect(await words('./a.out', '')).toEqual(['(paths)']);
  });

  it('of options: those of the command, and what its values may be', async () => {
    expect(await words('run', '--mem')).toEqual(['--memory']);
    expect(await words('serve', '--nam')).toEqual(['--name']);
    expect(await words('--engine', 'u')).toEqual(['unicorn']);
    expect(await words('run', '--engine=')).toEqual([
      '--engine=native',
      '--engine=unicorn',
      '--engine=both',
      '--engine=checked',
    ]);
    expect(await words('run', '--engine', '=', 'u')).toEqual(['unicorn']);
    expect(await words('run', '--rootfs', '')).toEqual(['(paths)']);
    expect(await words('run', '-qv', '')).toEqual(['(paths)']);
    expect(await words('run', '-e', '')).toEqual([]);
    expect(await words('run', '--bogus=')).toEqual([]);
  });

  it('of the words that follow', async () => {
    expect(await words('help', 'ver')).toEqual(['version']);
    expect(await words('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(await words('rootfs', 'build', '')).toEqual(['debian']);
    expect(await words('conformance', 'file')).toEqual(['files']);
    expect(await words('disasm', '')).toEqual(['(paths)']);
    expect(await words('cp', './')).toEqual(['(paths)']);
  });

  it('leaves a program’s own options alone', async () => {
    expect(await words('run', 'ls', '--')).toEqual(['(paths)']);
    expect(await words('run', '-e', 'A=1', 'ls', '--mem')).toEqual(['(paths)']);
    expect(await words('run', '--allow-net', 'ls', '')).toEqual(['(paths)']);
    expect(await words('run', '--', '--mem')).toEqual([]);
  });
});
