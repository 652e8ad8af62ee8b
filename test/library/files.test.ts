/** machine.fs beside fs.promises: the same operations in a folder of the guest and in one of the host, the same answers. */
import * as hostFs from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Machine, type GuestFiles } from '../../cli/library/index.ts';
import { ensureDefaultRoot } from '../support/default-root.ts';

let machine: Machine;
let hostFolder: string;
const guestFolder = '/tmp/work';

beforeAll(async () => {
  machine = await Machine.create({ root: await ensureDefaultRoot() });
});
afterAll(() => machine.close());
beforeEach(async () => {
  hostFolder = mkdtempSync(join(tmpdir(), 'k42-files-'));
  await machine.fs.rm(guestFolder, { recursive: true, force: true });
  await machine.fs.mkdir(guestFolder);
  return () => rmSync(hostFolder, { recursive: true, force: true });
});

/** What both have in common. */
type Files = Pick<typeof hostFs, 'writeFile' | 'readlink'> & Omit<GuestFiles, 'writeFile' | 'readlink'>;

/** The answer, or the error without what names the folder. */
async function outcome(step: () => Promise<unknown>, folder: string): Promise<unknown> {
  try {
    return await step();
  } catch (failure) {
    const { message, code, errno, syscall, path, dest } = failure as NodeJS.ErrnoException & { dest?: string };
    const inside = (text: string | undefined): string | undefined => text?.replaceAll(folder, '');
    return { message: inside(message), code, errno, syscall, path: inside(path), dest: inside(dest) };
  }
}

const steps: Readonly<Record<string, (fs: Files, at: string) => Promise<unknown>>> = {
  'write and read': async (fs, at) => {
    await fs.writeFile(`${at}/a`, 'héllo\0', { mode: 0o600 });
    await fs.appendFile(`${at}/a`, Buffer.from([255, 0, 1]));
    const { size, mode, nlink } = await fs.stat(`${at}/a`);
    return [await fs.readFile(`${at}/a`), await fs.readFile(`${at}/a`, 'latin1'), size, mode, nlink];
  },
  'read what is not there': (fs, at) => fs.readFile(`${at}/none`),
  'read a folder': (fs, at) => fs.readFile(at),
  'write below a file': async (fs, at) => {
    await fs.writeFile(`${at}/a`, '');
    await fs.writeFile(`${at}/a/b`, '');
  },
  'write what must not be there': async (fs, at) => {
    await fs.writeFile(`${at}/a`, 'first', { flag: 'wx' });
    await fs.writeFile(`${at}/a`, 'second', { flag: 'wx' });
  },
  folders: async (fs, at) => {
    const first = await fs.mkdir(`${at}/x/y/z`, { recursive: true });
    const again = await fs.mkdir(`${at}/x/y/z`, { recursive: true });
    await fs.writeFile(`${at}/x/file`, '');
    await fs.symlink('y', `${at}/x/link`);
    const found = await fs.readdir(`${at}/x`, { withFileTypes: true });
    const kinds = found
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((entry) => [entry.name, entry.isFile(), entry.isDirectory(), entry.isSymbolicLink()]);
    return [first?.replace(at, ''), again, kinds, (await fs.readdir(`${at}/x/link`)).length];
  },
  'make a folder twice': async (fs, at) => {
    await fs.mkdir(`${at}/a`);
    await fs.mkdir(`${at}/a`);
  },
  'make a folder on a file': async (fs, at) => {
    await fs.writeFile(`${at}/a`, '');
    await fs.mkdir(`${at}/a`, { recursive: true });
  },
  'make a folder below a file': async (fs, at) => {
    await fs.writeFile(`${at}/a`, '');
    await fs.mkdir(`${at}/a/b`, { recursive: true });
  },
  'list a file': async (fs, at) => {
    await fs.writeFile(`${at}/a`, '');
    await fs.readdir(`${at}/a`);
  },
  links: async (fs, at) => {
    await fs.writeFile(`${at}/a`, 'x');
    await fs.link(`${at}/a`, `${at}/hard`);
    await fs.symlink('a', `${at}/soft`);
    const [real, link] = [await fs.stat(`${at}/soft`), await fs.lstat(`${at}/soft`)];
    const path = (await fs.realpath(`${at}/soft`)).split('/').at(-1);
    return [await fs.readlink(`${at}/soft`), path, real.nlink, real.isFile(), link.isSymbolicLink(), link.size];
  },
  'a link that is there': async (fs, at) => {
    await fs.symlink('a', `${at}/soft`);
    await fs.symlink('b', `${at}/soft`);
  },
  'readlink of a file': async (fs, at) => {
    await fs.writeFile(`${at}/a`, '');
    await fs.readlink(`${at}/a`);
  },
  'links in a circle': async (fs, at) => {
    await fs.symlink('two', `${at}/one`);
    await fs.symlink('one', `${at}/two`);
    await fs.stat(`${at}/one`);
  },
  rename: async (fs, at) => {
    await fs.writeFile(`${at}/a`, 'x');
    await fs.rename(`${at}/a`, `${at}/b`);
    return fs.readdir(at);
  },
  'rename what is not there': (fs, at) => fs.rename(`${at}/a`, `${at}/b`),
  'rename a folder into itself': async (fs, at) => {
    await fs.mkdir(`${at}/a`);
    await fs.rename(`${at}/a`, `${at}/a/b`);
  },
  'remove a tree': async (fs, at) => {
    await fs.mkdir(`${at}/a/b/c`, { recursive: true });
    await fs.writeFile(`${at}/a/b/file`, '');
    await fs.symlink('/', `${at}/a/root`);
    await fs.rm(`${at}/a`, { recursive: true });
    await fs.rm(`${at}/a`, { recursive: true, force: true });
    return fs.readdir(at);
  },
  'remove what is not there': (fs, at) => fs.rm(`${at}/a`),
  'unlink what is not there': (fs, at) => fs.unlink(`${at}/a`),
  'rmdir of a full folder': async (fs, at) => {
    await fs.mkdir(`${at}/a/b`, { recursive: true });
    await fs.rmdir(`${at}/a`);
  },
  'mode and times': async (fs, at) => {
    await fs.writeFile(`${at}/a`, '');
    await fs.chmod(`${at}/a`, 0o4711);
    await fs.utimes(`${at}/a`, 1.5, new Date(123_456_789));
    const { mode, atimeMs, mtimeMs, mtime } = await fs.stat(`${at}/a`);
    return [mode, atimeMs, mtimeMs, mtime];
  },
  truncate: async (fs, at) => {
    await fs.writeFile(`${at}/a`, '0123456789');
    await fs.truncate(`${at}/a`, 4);
    await fs.copyFile(`${at}/a`, `${at}/b`);
    await fs.truncate(`${at}/a`);
    return [await fs.readFile(`${at}/a`, 'utf8'), await fs.readFile(`${at}/b`, 'utf8')];
  },
  access: async (fs, at) => {
    await fs.access(at, 7);
    await fs.access(`${at}/none`);
  },
};

describe('as fs.promises', () => {
  it.each(Object.keys(steps))('%s', async (name) => {
    const step = steps[name]!;
    const host = await outcome(() => step(hostFs as unknown as Files, hostFolder), hostFolder);
    const guest = await outcome(() => step(machine.fs as unknown as Files, guestFolder), guestFolder);
    expect(guest).toEqual(host);
  });
});

it('programs see what is written, and the other way round', async () => {
  await machine.fs.writeFile(`${guestFolder}/script`, '#!/bin/sh\necho from $0 > /tmp/work/made\n', { mode: 0o755 });
  await machine.fs.chown(`${guestFolder}/script`, 12, 34);
  const { stdout } = await machine.exec('stat -c "%u %g %a" /tmp/work/script; /tmp/work/script');
  expect(stdout).toBe('12 34 755\n');
  expect(await machine.fs.readFile(`${guestFolder}/made`, 'utf8')).toBe('from /tmp/work/script\n');
});

it('reads /proc, and a FIFO as long as somebody writes', async () => {
  expect(await machine.fs.readFile('/proc/sys/kernel/ostype', 'utf8')).toBe('Linux\n');
  await machine.exec('mkfifo /tmp/work/pipe');
  const child = machine.spawn('sh', ['-c', 'exec 3<>/tmp/work/pipe; read go; echo hello >&3; exec 3>&-']);
  // The shell has the FIFO open when it waits for its line.
  while (!(await machine.fs.readdir(`/proc/${child.pid}/fd`)).includes('3')) await machine.exec(['true']);
  const read = machine.fs.readFile(`${guestFolder}/pipe`, 'utf8');
  child.stdin!.end('go\n');
  expect(await read).toBe('hello\n');
});

it('wants absolute paths', async () => {
  await expect(machine.fs.stat('etc')).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
  await expect(machine.fs.stat('/et\0c')).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
});
