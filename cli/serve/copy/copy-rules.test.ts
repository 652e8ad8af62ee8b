import { describe, expect, it } from 'vitest';
import { copyTarget, parseCopyPlace } from './copy-rules.ts';
import type { FileKind } from './tree-files.ts';

describe('where a copy goes', () => {
  it.each<[string, FileKind, string, FileKind | undefined, string]>([
    ['a/f', 'file', 'new', undefined, 'new'],
    ['a/f', 'file', 'old', 'file', 'old'],
    ['a/f', 'file', 'd', 'folder', 'd/f'],
    ['a/f', 'file', 'd/', 'folder', 'd/f'],
    ['f', 'link', '/', 'folder', '/f'],
    ['a/d', 'folder', 'new', undefined, 'new'],
    ['a/d', 'folder', 'new/', undefined, 'new'],
    ['a/d', 'folder', 'old', 'folder', 'old/d'],
    ['a/d/', 'folder', 'old', 'folder', 'old/d'],
    ['a/d/.', 'folder', 'old', 'folder', 'old'],
    ['.', 'folder', 'old', 'folder', 'old'],
    ['/', 'folder', 'old', 'folder', 'old'],
  ])('%s (%s) to %s (%s) is %s', (path, kind, to, toKind, expected) => {
    expect(copyTarget({ path, kind }, { path: to, kind: toKind })).toBe(expected);
  });

  it.each<[string, FileKind, string, FileKind | undefined, string]>([
    ['d', 'folder', 'f', 'file', 'd is a folder, f is a file'],
    ['f', 'file', 'none/', undefined, 'there is no folder none/'],
    ['f', 'file', 'g/', 'file', 'g/ is not a folder'],
  ])('%s (%s) to %s (%s) is refused', (path, kind, to, toKind, words) => {
    expect(() => copyTarget({ path, kind }, { path: to, kind: toKind })).toThrow(words);
  });

  it('tells a machine’s place from the host’s', () => {
    expect(parseCopyPlace('m:/a/b')).toEqual({ machine: 'm', path: '/a/b' });
    expect(parseCopyPlace('m:a')).toEqual({ machine: 'm', path: '/a' });
    expect(parseCopyPlace('./m:a')).toEqual({ machine: undefined, path: './m:a' });
    expect(parseCopyPlace('/tmp/x:y')).toEqual({ machine: undefined, path: '/tmp/x:y' });
    expect(parseCopyPlace('plain')).toEqual({ machine: undefined, path: 'plain' });
  });
});
