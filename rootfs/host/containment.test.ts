/** A host folder against somebody on the host who moves things while a guest uses them: nothing outside is ever reached. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeKind, type FileNode } from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import { HostServer } from './host-server.ts';

const isLinux = process.platform === 'linux';
const owner = { owner: process.getuid?.() ?? 0, group: process.getgid?.() ?? 0 };
const newFile = { kind: NodeKind.File, permissions: 0o644, ...owner };
const newFolder = { kind: NodeKind.Directory, permissions: 0o755, ...owner };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let base: string;
let share: string;
let secret: string;
let server: HostServer;

beforeEach(() => {
  base = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'k42-contain-')));
  share = join(base, 'outer', 'share');
  secret = join(base, 'secret');
  fs.mkdirSync(share, { recursive: true });
  fs.mkdirSync(secret);
  fs.writeFileSync(join(secret, 'b'), 'secret', { mode: 0o600 });
  server = new HostServer(share, { deviceId: 1, access: 'read-write' });
});

afterEach(() => {
  server.dispose();
  fs.rmSync(base, { recursive: true, force: true });
});

function node(result: FileNode | Status): FileNode {
  if (typeof result === 'number') throw new Error(`status ${result}`);
  return result;
}

function content(file: FileNode | Status): string | Status {
  if (typeof file === 'number') return file;
  const into = new Uint8Array(100);
  const count = file.read(0, into);
  return count < 0 ? (count as Status) : new TextDecoder().decode(into.subarray(0, count));
}

/** What the folder with the secret was, and must still be. */
function outside(): unknown {
  const { mode, uid, mtimeMs } = fs.statSync(join(secret, 'b'));
  return { names: fs.readdirSync(secret), text: fs.readFileSync(join(secret, 'b'), 'utf8'), mode, uid, mtimeMs };
}

/** Two names in the share that change places as fast as they can, until told to stop. */
class Racer {
  readonly #shared = new Int32Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;

  constructor(first: string, second: string) {
    const code = `
      const { renameSync } = require('node:fs');
      const { shared, first, second } = require('node:worker_threads').workerData;
      while (Atomics.load(shared, 1) === 0) {
        renameSync(first, first + '.aside');
        renameSync(second, first);
        renameSync(first, second);
        renameSync(first + '.aside', first);
        const rounds = Atomics.add(shared, 0, 1);
        // Now and then everything stands still in its place.
        if (rounds % 20 === 0) Atomics.wait(shared, 1, 0, 1);
      }`;
    this.#worker = new Worker(code, { eval: true, workerData: { shared: this.#shared, first, second } });
  }

  get rounds(): number {
    return Atomics.load(this.#shared, 0);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    Atomics.store(this.#shared, 1, 1);
    await ended;
  }
}

/** Does it over and over while the racer makes its rounds, and until it has met what it waits for. */
async function against(racer: Racer, act: () => void, isEnough: () => boolean): Promise<void> {
  try {
    while (racer.rounds === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let done = 0; done < 1000 || racer.rounds < 300 || !isEnough(); done++) act();
  } finally {
    await racer.stop();
  }
}

describe.runIf(isLinux)('a folder that changes places with a link to another', () => {
  beforeEach(() => {
    fs.mkdirSync(join(share, 'a'));
    fs.writeFileSync(join(share, 'a', 'b'), 'mine');
    fs.symlinkSync(secret, join(share, 'link'));
  });

  it('is read or not, and the other never', async () => {
    const seen = new Set<unknown>();
    const read = (): void => {
      const folder = server.root.lookup('a');
      if (typeof folder === 'number' || folder.kind !== NodeKind.Directory) return;
      const file = folder.lookup('b');
      if (typeof file !== 'number') server.files.close(file);
      seen.add(content(file));
      const listed = folder.list(0, 10);
      if (typeof listed !== 'number') for (const { name } of listed) seen.add(`name ${name}`);
    };
    const isEnough = (): boolean => seen.has('mine') && seen.has('name b');
    await against(new Racer(join(share, 'a'), join(share, 'link')), read, isEnough);
    for (const what of seen) if (typeof what === 'string') expect(['mine', 'name b']).toContain(what);
  });

  it('is changed or not, and the other never', async () => {
    const before = outside();
    const folder = node(server.root.lookup('a'));
    const file = node(folder.lookup('b'));
    let changes = 0;
    const change = (): void => {
      server.files.close(file);
      file.write(0, bytes('mine'));
      file.setAttributes({ permissions: 0o777, modifiedNs: 0n });
      const made = folder.create('new', newFile);
      if (typeof made !== 'number') changes++;
      folder.create('sub', newFolder);
      folder.create('ln', { ...newFile, kind: NodeKind.SymbolicLink, target: '/' });
      folder.link('twin', file);
      folder.rename('new', folder, 'renamed');
      for (const name of ['new', 'renamed', 'sub', 'ln', 'twin']) folder.unlink(name);
      folder.unlink('c');
    };
    await against(new Racer(join(share, 'a'), join(share, 'link')), change, () => changes > 0);
    expect(outside()).toEqual(before);
  });
});

describe.runIf(isLinux)('a file that changes places with a link to another', () => {
  it('keeps the other from being read, written and changed', async () => {
    fs.writeFileSync(join(share, 'f'), 'mine');
    fs.symlinkSync(join(secret, 'b'), join(share, 'link'));
    const before = outside();
    const file = node(server.root.lookup('f'));
    const seen = new Set<unknown>();
    const use = (): void => {
      server.files.close(file);
      seen.add(content(file));
      server.files.close(file);
      file.write(0, bytes('mine'));
      file.setAttributes({ permissions: 0o777 });
    };
    await against(new Racer(join(share, 'f'), join(share, 'link')), use, () => seen.has('mine'));
    expect(seen).not.toContain('secret');
    expect(outside()).toEqual(before);
  });
});

describe.runIf(isLinux)('folders that somebody moves', () => {
  it('are not found outside of the tree, though a guest holds them', () => {
    const folder = node(server.root.create('a', newFolder));
    node(folder.create('f', newFile));
    expect(folder.lookup('f')).toBeTypeOf('object');
    fs.renameSync(join(share, 'a'), join(base, 'taken'));
    expect(folder.lookup('f')).toBe(Status.NotFound);
    expect(folder.create('g', newFile)).toBe(Status.NotFound);
    expect(folder.list(0, 10)).toBe(Status.NotFound);
    fs.renameSync(join(base, 'taken'), join(share, 'a'));
    expect(folder.lookup('f')).toBeTypeOf('object');
  });

  it('take the whole tree with them: what stands at its old place is not it', () => {
    server.root.create('f', newFile);
    fs.renameSync(join(base, 'outer'), join(base, 'elsewhere'));
    fs.mkdirSync(join(secret, 'share'));
    fs.writeFileSync(join(secret, 'share', 'g'), 'secret');
    fs.symlinkSync(secret, join(base, 'outer'));
    expect(server.root.lookup('g')).toBe(Status.NotFound);
    expect(server.root.lookup('f')).toBeTypeOf('object');
    node(server.root.create('h', newFile));
    expect(fs.readdirSync(join(secret, 'share'))).toEqual(['g']);
    expect(fs.readdirSync(join(base, 'elsewhere', 'share')).toSorted()).toEqual(['f', 'h']);
  });

  it('are found again when as many as there are deep ones are in use', () => {
    let folder: FileNode = server.root;
    const all: FileNode[] = [];
    for (let depth = 0; depth < 90; depth++) all.push((folder = node(folder.create('d', newFolder))));
    for (const [depth, each] of all.entries()) expect(each.lookup('d')).toBe(all[depth + 1] ?? Status.NotFound);
    expect(all[0]!.rename('d', all[0]!, 'e')).toBe(Status.Ok);
    expect(all.at(-1)!.create('f', newFile)).toBeTypeOf('object');
    expect(fs.readdirSync(join(share, 'd', 'e', ...Array.from({ length: 88 }, () => 'd')))).toEqual(['f']);
  });
});

/** Deeper than any path the host's kernel takes or gives: such folders are made one by one, from inside the one above. */
describe.runIf(isLinux)('folders 1,100 deep', () => {
  const DEPTH = 1100;
  const NAME = 'deep';

  it('are made, used, found not to be elsewhere, and removed', () => {
    const all: FileNode[] = [server.root];
    for (let depth = 0; depth < DEPTH; depth++) all.push(node(all.at(-1)!.create(NAME, newFolder)));
    const last = all.at(-1)!;
    const file = node(last.create('f', newFile));
    server.files.close(file);
    expect(file.write(0, bytes('deep'))).toBe(4);
    expect(last.lookup('f')).toBe(file);
    // From the root, with nothing open on the way.
    server.dispose();
    expect(content(last.lookup('f'))).toBe('deep');
    expect(all[DEPTH / 2]!.rename(NAME, server.root, 'moved')).toBe(Status.Ok);
    expect(last.lookup('f')).toBe(file);
    fs.renameSync(join(share, 'moved'), join(base, 'taken'));
    expect(last.lookup('f')).toBe(Status.NotFound);
    fs.renameSync(join(base, 'taken'), join(share, 'moved'));
    expect(last.unlink('f')).toBe(Status.Ok);
    for (let depth = DEPTH - 1; depth > DEPTH / 2; depth--) expect(all[depth]!.unlink(NAME)).toBe(Status.Ok);
    expect(server.root.unlink('moved')).toBe(Status.Ok);
    for (let depth = DEPTH / 2 - 1; depth >= 0; depth--) expect(all[depth]!.unlink(NAME)).toBe(Status.Ok);
    expect(fs.readdirSync(share)).toEqual([]);
  });

  it('that somebody turns inside out are not in themselves', () => {
    const outer = node(server.root.create('a', newFolder));
    const inner = node(outer.create('b', newFolder));
    fs.renameSync(join(share, 'a', 'b'), join(share, 'b'));
    fs.renameSync(join(share, 'a'), join(share, 'b', 'a'));
    expect(inner.lookup('a')).toBe(Status.NotFound);
    expect(server.root.lookup('b')).toBe(inner);
    expect(inner.lookup('a')).toBe(outer);
    expect(outer.lookup('b')).toBe(Status.NotFound);
  });
});

describe.runIf(isLinux)('what is no regular file', () => {
  it('is not opened, nor is one that takes a file’s place', () => {
    const file = node(server.root.create('f', newFile));
    fs.rmSync(join(share, 'f'));
    // Nobody writes to it: an open without care would wait for ever.
    spawnSync('mkfifo', [join(share, 'f')]);
    server.files.close(file);
    expect(content(file)).toBeTypeOf('number');
    const pipe = node(server.root.lookup('f'));
    expect(pipe.kind).toBe(NodeKind.Fifo);
    expect(content(pipe)).toBe(Status.NotSupported);
    expect(pipe.write(0, bytes('x'))).toBe(Status.NotSupported);
  });

  it('can’t be made', () => {
    const device = { ...newFile, kind: NodeKind.CharacterDevice, device: { major: 1, minor: 5 } };
    expect(server.root.create('zero', device)).toBe(Status.NotPermitted);
    expect(server.root.create('pipe', { ...newFile, kind: NodeKind.Fifo })).toBe(Status.NotPermitted);
  });
});

describe('hard links', () => {
  it('only lead to files of the same tree', () => {
    const other = new HostServer(secret, { deviceId: 2, access: 'read-only' });
    expect(server.root.link('stolen', node(other.root.lookup('b')))).toBe(Status.CrossServer);
    expect(server.root.rename('a', other.root, 'c')).toBe(Status.CrossServer);
    other.dispose();
  });
});

describe.runIf(isLinux)('descriptors', () => {
  it('are given back when the machine has stopped, and taken again when need be', () => {
    const count = (): number => fs.readdirSync('/proc/self/fd').length;
    const before = count();
    const other = new HostServer(share, { deviceId: 2, access: 'read-write' });
    const folder = node(other.root.create('a', newFolder));
    const file = node(folder.create('f', newFile));
    file.write(0, bytes('mine'));
    expect(count()).toBeGreaterThan(before);
    other.dispose();
    expect(count()).toBe(before);
    expect(content(file)).toBe('mine');
    other.dispose();
    expect(count()).toBe(before);
  });

  it('of files without a name any more are among them', () => {
    const count = (): number => fs.readdirSync('/proc/self/fd').length;
    const before = count();
    const other = new HostServer(share, { deviceId: 2, access: 'read-write' });
    const file = node(other.root.create('f', newFile));
    file.write(0, bytes('mine'));
    expect(other.root.unlink('f')).toBe(Status.Ok);
    // Another file in its place is not meant.
    fs.writeFileSync(join(share, 'f'), 'other', { mode: 0o600 });
    expect(file.setAttributes({ permissions: 0o640, sizeBytes: 2 })).toBe(Status.Ok);
    expect(file.attributes()).toMatchObject({ links: 0, permissions: 0o640, sizeBytes: 2 });
    expect(content(file)).toBe('mi');
    other.dispose();
    expect(count()).toBe(before);
    expect(content(file)).toBe(Status.NotFound);
    expect(fs.statSync(join(share, 'f')).mode & 0o777).toBe(0o600);
  });
});
