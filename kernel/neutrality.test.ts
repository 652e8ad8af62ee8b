/** The base is independent of any personality: a check by machine of what kernel/ imports and of the words it uses. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const FOREIGN_WORDS = ['errno', 'pid', 'signal', 'stat', 'termios'];

function sources(): string[] {
  return readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'),
  );
}

/** Code without comments; strings stay, imports are strings. */
const codeOf = (text: string): string => text.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

/** The words in identifiers: signalSent is signal and sent. */
function wordsOf(code: string): Set<string> {
  const identifiers = code.match(/[A-Za-z_$][\w$]*/g) ?? [];
  return new Set(
    identifiers.flatMap((name) => name.split(/_|(?<=[a-z\d])(?=[A-Z])/)).map((word) => word.toLowerCase()),
  );
}

describe('kernel/ names nothing of a personality', () => {
  it('finds the words it looks for', () => {
    expect([...wordsOf(codeOf('/* pid */ const lastErrno = ownerPid; // x'))]).toEqual(
      expect.arrayContaining(['last', 'errno', 'pid']),
    );
    expect(sources().length).toBeGreaterThan(30);
  });

  it.each(sources())('%s', (path) => {
    const code = codeOf(readFileSync(join(import.meta.dirname, path), 'utf8'));
    const words = wordsOf(code);
    expect(FOREIGN_WORDS.filter((word) => words.has(word))).toEqual([]);
    const imports = [...code.matchAll(/from '([^']+)'/g)].map(([, from]) => from!);
    // Test fixtures may use Node; all else only kernel/ itself and the CPU's interfaces.
    expect(imports.filter((from) => !/^(\.\.?\/)+(?!linuxabi|rootfs|sysv|procfs|cli)/.test(from))).toEqual([]);
  });
});
