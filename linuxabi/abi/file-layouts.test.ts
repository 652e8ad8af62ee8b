/** Offsets and constants of the file ABI against the host's C compiler. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as fcntl from './fcntl.ts';
import * as poll from './poll.ts';
import * as stat from './stat.ts';

function hasCompiler(): boolean {
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return process.arch === 'x64' && process.platform === 'linux';
  } catch {
    return false;
  }
}

const structs: readonly (readonly [type: string, layout: Readonly<Record<string, number>>])[] = [
  ['struct stat', stat.statLayout],
  ['struct statx', stat.statxLayout],
  ['struct statfs', stat.statfsLayout],
  ['struct flock', fcntl.flockLayout],
  ['struct pollfd', poll.pollfdLayout],
  ['struct epoll_event', poll.epollEventLayout],
];

/** Constants to compare: every one whose name the headers define as a macro. */
const constants = Object.entries({ ...fcntl, ...poll, ...stat }).filter(
  // The C library hides O_LARGEFILE on 64-bit machines; the kernel still has it.
  (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[0] !== 'O_LARGEFILE',
);

const HEADERS = [
  'fcntl.h',
  'poll.h',
  'stddef.h',
  'stdio.h',
  'unistd.h',
  'sys/epoll.h',
  'sys/eventfd.h',
  'sys/file.h',
  'sys/select.h',
  'sys/stat.h',
  'sys/statfs.h',
  'sys/timerfd.h',
  'sys/uio.h',
  'linux/falloc.h',
  'linux/magic.h',
  'dirent.h',
];

function source(): string {
  const lines = structs.flatMap(([type, layout]) =>
    Object.keys(layout).map((member) =>
      member === 'size'
        ? `printf("${type} size %zu\\n", sizeof(${type}));`
        : `printf("${type} ${member} %zu\\n", offsetof(${type}, ${member}));`,
    ),
  );
  const macros = constants.map(
    ([name]) => `#ifdef ${name}\nprintf("${name} %lld\\n", (long long)(int)(${name}));\n#endif`,
  );
  const includes = HEADERS.map((header) => `#include <${header}>`).join('\n');
  return `#define _GNU_SOURCE\n${includes}\nint main(void) {\n${lines.join('\n')}\n${macros.join('\n')}\nreturn 0; }\n`;
}

const available = hasCompiler();
if (!available && process.env['CI'] === 'true') throw new Error('gcc for x86-64 Linux is needed in CI');
if (!available) process.stderr.write('file-layouts: skipped, there is no gcc for x86-64 Linux\n');

describe.skipIf(!available)('file ABI', () => {
  it('is laid out as gcc lays it out', () => {
    const folder = mkdtempSync(join(tmpdir(), 'k42-layouts-'));
    try {
      writeFileSync(join(folder, 'a.c'), source());
      execFileSync('gcc', ['-o', join(folder, 'a'), join(folder, 'a.c')]);
      const printed = execFileSync(join(folder, 'a'), { encoding: 'utf8' }).trim().split('\n');
      const measured = new Map(
        printed.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').pop())]),
      );
      for (const [type, layout] of structs) {
        for (const [member, offset] of Object.entries(layout))
          expect(measured.get(`${type} ${member}`), `${type} ${member}`).toBe(offset);
      }
      const compared = constants.filter(([name]) => measured.has(name));
      expect(compared.length).toBeGreaterThan(100);
      for (const [name, value] of compared) expect(value | 0, name).toBe(measured.get(name));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
