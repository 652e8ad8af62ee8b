/** The memory tree against the host's own: random operations on both must give the same results, errors and trees. */
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  openSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NodeKind } from '../../kernel/file-server.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import { MemoryServer } from './memory-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'k42-memfs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const codes: Readonly<Record<string, number>> = {
  ENOENT: Status.NotFound,
  EEXIST: Status.Exists,
  ENOTDIR: Status.NotDirectory,
  EISDIR: Status.IsDirectory,
  ENOTEMPTY: Status.NotEmpty,
  EINVAL: Status.Invalid,
  EPERM: Status.NotPermitted,
};

function hostStatus(action: () => void): number {
  try {
    action();
    return Status.Ok;
  } catch (failure) {
    const code = (failure as NodeJS.ErrnoException).code!;
    return codes[code] ?? expect.fail(`unexpected ${code}`);
  }
}

/** Numerical Recipes' linear congruential generator: the same run every time. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const plain = { permissions: 0o644, owner: 0, group: 0 };

/** The symbolic links of this test lead nowhere. */
function notSearchable(node: FileNode): Status {
  return node.kind === NodeKind.SymbolicLink ? Status.NotFound : Status.NotDirectory;
}

/** The node at a path of names, or a status as the path walk would give. */
function find(server: MemoryServer, path: readonly string[]): FileNode | Status {
  let node: FileNode = server.root;
  for (const name of path) {
    if (node.kind !== NodeKind.Directory) return notSearchable(node);
    const next: FileNode | Status = node.lookup(name);
    if (typeof next === 'number') return next;
    node = next;
  }
  return node;
}

interface Tree {
  readonly [name: string]: Tree | string;
}

function memoryTree(node: FileNode): Tree {
  const tree: Record<string, Tree | string> = {};
  for (const { name, kind } of node.list(0, 1000) as readonly { name: string; kind: NodeKind }[]) {
    const child = node.lookup(name) as FileNode;
    const { sizeBytes, links } = child.attributes();
    if (kind === NodeKind.Directory) tree[name] = memoryTree(child);
    else if (kind === NodeKind.SymbolicLink) tree[name] = `-> ${child.readLink()}`;
    else {
      const bytes = new Uint8Array(sizeBytes);
      expect(child.read(0, bytes)).toBe(sizeBytes);
      tree[name] = `${links} ${Buffer.from(bytes).toString('base64')}`;
    }
  }
  return tree;
}

function hostTree(path: string): Tree {
  const tree: Record<string, Tree | string> = {};
  for (const name of readdirSync(path)) {
    const child = join(path, name);
    const stats = lstatSync(child);
    if (stats.isDirectory()) tree[name] = hostTree(child);
    else if (stats.isSymbolicLink()) tree[name] = `-> ${readlinkSync(child)}`;
    else tree[name] = `${stats.nlink} ${readFileSync(child).toString('base64')}`;
  }
  return tree;
}

class Pair {
  readonly server = new MemoryServer({ deviceId: 1 });
  readonly #root: string;
  readonly #random: (below: number) => number;

  constructor(root: string, seed: number) {
    this.#root = root;
    mkdirSync(root);
    this.#random = generator(seed);
  }

  /** One random operation; what each side said of it. */
  step(): { readonly what: string; readonly memory: number; readonly host: number } {
    const [path, other] = [this.#path(), this.#path()];
    const [host, otherHost] = [join(this.#root, ...path), join(this.#root, ...other)];
    const in_ = (target: readonly string[], act: (directory: FileNode, name: string) => number): number => {
      const directory = find(this.server, target.slice(0, -1));
      if (typeof directory === 'number') return directory;
      return directory.kind === NodeKind.Directory ? act(directory, target.at(-1)!) : notSearchable(directory);
    };
    const status = (made: FileNode | Status): number => (typeof made === 'number' ? made : Status.Ok);
    switch (this.#random(9)) {
      case 0:
        return {
          what: `mkdir ${host}`,
          memory: in_(path, (at, name) => status(at.create(name, { ...plain, kind: NodeKind.Directory }))),
          host: hostStatus(() => mkdirSync(host)),
        };
      case 1:
        return {
          what: `create ${host}`,
          memory: in_(path, (at, name) => status(at.create(name, { ...plain, kind: NodeKind.File }))),
          host: hostStatus(() => writeFileSync(host, '', { flag: 'wx' })),
        };
      case 2:
        return {
          what: `symlink ${host}`,
          memory: in_(path, (at, name) =>
            status(at.create(name, { ...plain, kind: NodeKind.SymbolicLink, target: 'x' })),
          ),
          host: hostStatus(() => symlinkSync('x', host)),
        };
      case 3:
        return { what: `remove ${host}`, ...this.#remove(path, host, in_) };
      case 4:
      case 5: {
        // Directory into itself and the like included.
        const memory = in_(path, (at, name) => in_(other, (to, toName) => at.rename(name, to, toName)));
        return { what: `rename ${host} ${otherHost}`, memory, host: hostStatus(() => renameSync(host, otherHost)) };
      }
      case 6: {
        const node = find(this.server, path);
        const memory = typeof node === 'number' ? node : in_(other, (to, name) => to.link(name, node));
        return { what: `link ${host} ${otherHost}`, memory, host: hostStatus(() => linkSync(host, otherHost)) };
      }
      case 7:
        return { what: `write ${host}`, ...this.#write(path, host) };
      default:
        return { what: `truncate ${host}`, ...this.#truncate(path, host) };
    }
  }

  trees(): [Tree, Tree] {
    return [memoryTree(this.server.root), hostTree(this.#root)];
  }

  #path(): string[] {
    return Array.from({ length: 1 + this.#random(3) }, () => 'abc'[this.#random(3)]!);
  }

  #remove(
    path: readonly string[],
    host: string,
    in_: (p: readonly string[], act: (d: FileNode, n: string) => number) => number,
  ) {
    const node = find(this.server, path);
    const isDirectory = typeof node !== 'number' && node.kind === NodeKind.Directory;
    return {
      memory: in_(path, (at, name) => at.unlink(name)),
      host: hostStatus(() => (isDirectory ? rmdirSync(host) : unlinkSync(host))),
    };
  }

  #write(path: readonly string[], host: string) {
    const node = find(this.server, path);
    const bytes = Uint8Array.from({ length: this.#random(200) }, () => this.#random(256));
    const position = this.#random(2000);
    if (typeof node !== 'number' && node.kind === NodeKind.SymbolicLink) return { memory: 0, host: 0 };
    const memory = typeof node === 'number' ? node : node.write(position, bytes);
    return {
      memory: memory > 0 ? 0 : memory,
      host: hostStatus(() => {
        const fd = openSync(host, 'r+');
        writeSync(fd, bytes, 0, bytes.length, position);
        closeSync(fd);
      }),
    };
  }

  #truncate(path: readonly string[], host: string) {
    const node = find(this.server, path);
    const sizeBytes = this.#random(3000);
    if (typeof node !== 'number' && node.kind === NodeKind.SymbolicLink) return { memory: 0, host: 0 };
    return {
      memory: typeof node === 'number' ? node : node.setAttributes({ sizeBytes }),
      host: hostStatus(() => truncateSync(host, sizeBytes)),
    };
  }
}

describe.skipIf(process.platform !== 'linux')('memory tree and host tree', () => {
  it.each([1, 2, 3])('agree on 1500 random operations (seed %i)', (seed) => {
    const pair = new Pair(join(folder, String(seed)), seed);
    for (let i = 0; i < 1500; i++) {
      const { what, memory, host } = pair.step();
      expect(memory, `${what} (operation ${i})`).toBe(host);
      if (i % 50 === 0) {
        const [ours, theirs] = pair.trees();
        expect(ours).toEqual(theirs);
      }
    }
  });
});

describe('MemoryServer', () => {
  const file = (server: MemoryServer, name = 'f'): FileNode =>
    server.root.create(name, { ...plain, kind: NodeKind.File }) as FileNode;

  it('refuses what does not fit and keeps what was written', () => {
    const server = new MemoryServer({ deviceId: 1, limitBytes: 1 << 20 });
    const node = file(server);
    const block = new Uint8Array(300_000).fill(7);
    expect(node.write(0, block)).toBe(300_000);
    expect(node.write(300_000, block)).toBe(300_000);
    expect(node.write(600_000, block)).toBe(300_000);
    expect(node.write(900_000, block)).toBe((1 << 20) - 900_000);
    expect(node.write(1 << 20, block)).toBe(Status.NoSpace);
    expect(node.attributes().sizeBytes).toBe(1 << 20);
    server.root.unlink('f');
    expect(server.statistics().blocksFree).toBe((1 << 20) / 4096);
  });

  it('keeps the storage of an unlinked file while it is held', () => {
    const server = new MemoryServer({ deviceId: 1 });
    const node = file(server);
    node.hold!();
    node.write(0, new Uint8Array(100));
    server.root.unlink('f');
    expect(server.storage.usedBytes).toBe(4096);
    expect(node.read(0, new Uint8Array(200))).toBe(100);
    node.drop!();
    expect(server.storage.usedBytes).toBe(0);
  });

  it('has holes', () => {
    const server = new MemoryServer({ deviceId: 1, limitBytes: 1 << 20 });
    const node = file(server);
    expect(node.write(2 ** 40, Uint8Array.of(1))).toBe(1);
    expect(node.attributes().sizeBytes).toBe(2 ** 40 + 1);
    const bytes = new Uint8Array(3).fill(9);
    expect(node.read(2 ** 40 - 2, bytes)).toBe(3);
    expect([...bytes]).toEqual([0, 0, 1]);
    expect(node.attributes().blocks512).toBe(8);
  });

  it('shows zeros after a file shrank and grew again', () => {
    for (const sizeBytes of [1000, 300_000]) {
      const node = file(new MemoryServer({ deviceId: 1 }));
      node.write(0, new Uint8Array(sizeBytes).fill(5));
      node.setAttributes({ sizeBytes: 10 });
      node.setAttributes({ sizeBytes });
      const bytes = new Uint8Array(sizeBytes);
      node.read(0, bytes);
      expect(bytes.findLastIndex((byte) => byte !== 0)).toBe(9);
    }
  });

  it('lists every name that stays exactly once while others come and go', () => {
    const server = new MemoryServer({ deviceId: 1 });
    for (let i = 0; i < 100; i++) file(server, `n${i}`);
    const seen: string[] = [];
    let cookie = 0;
    for (;;) {
      const batch = server.root.list(cookie, 7);
      if (typeof batch === 'number' || batch.length === 0) break;
      for (const entry of batch) {
        seen.push(entry.name);
        cookie = entry.cookie;
        server.root.unlink(entry.name);
      }
    }
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => `n${i}`));
  });

  it('starts from a lower layer and leaves it alone', () => {
    const lower = new MemoryServer({ deviceId: 1 });
    const below = lower.root.create('d', { ...plain, kind: NodeKind.Directory }) as FileNode;
    const deep = below.create('f', { ...plain, kind: NodeKind.File }) as FileNode;
    deep.write(0, Buffer.from('lower'));
    lower.root.link('g', deep);
    const upper = new MemoryServer({ deviceId: 2, base: lower.root });
    const f = find(upper, ['d', 'f']) as FileNode;
    expect(find(upper, ['g'])).toBe(f);
    expect(f.attributes().links).toBe(2);
    f.write(5, Buffer.from(' and upper'));
    upper.root.rename('d', upper.root, 'moved');
    const text = Buffer.alloc(15);
    expect((find(upper, ['moved', 'f']) as FileNode).read(0, text)).toBe(15);
    expect(text.toString()).toBe('lower and upper');
    expect(find(upper, ['d'])).toBe(Status.NotFound);
    expect(deep.attributes().sizeBytes).toBe(5);
    expect(find(lower, ['d', 'f'])).toBe(deep);
  });
});

it('moves a directory with 20,000 others one in another', () => {
  const server = new MemoryServer({ deviceId: 1 });
  const from = server.root.create('from', { ...plain, kind: NodeKind.Directory }) as FileNode;
  const to = server.root.create('to', { ...plain, kind: NodeKind.Directory }) as FileNode;
  let deepest = from;
  for (let depth = 0; depth < 20_000; depth++) {
    deepest = deepest.create('d', { ...plain, kind: NodeKind.Directory }) as FileNode;
  }
  expect(from.rename('d', to, 'moved')).toBe(Status.Ok);
  const moved = to.lookup('moved') as FileNode;
  expect(moved.rename('d', deepest, 'x')).toBe(Status.Invalid);
  expect(deepest.create('f', { ...plain, kind: NodeKind.File })).not.toBeTypeOf('number');
});
