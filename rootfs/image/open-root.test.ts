import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { NodeKind, type FileNode } from '../../kernel/file-server.ts';
import { makeEntry } from '../default-root/base-files.ts';
import { ArchiveServer } from '../tar/archive-server.ts';
import { readTar } from '../tar/tar-reader.ts';
import { writeTarFile } from '../host/tar-file.ts';
import { writeTar } from '../tar/tar-writer.ts';
import { openRootTree } from './open-root.ts';

let folder: string;
const cacheBefore = process.env['K42_CACHE'];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k42-image-'));
  process.env['K42_CACHE'] = join(folder, 'cache');
});

afterAll(() => {
  if (cacheBefore === undefined) delete process.env['K42_CACHE'];
  else process.env['K42_CACHE'] = cacheBefore;
  rmSync(folder, { recursive: true, force: true });
});

const lowerLayer = writeTar([
  makeEntry('directory', 'etc'),
  makeEntry('file', 'etc/kept', { content: 'lower' }),
  makeEntry('file', 'etc/changed', { content: 'lower' }),
  makeEntry('file', 'etc/removed', { content: 'lower' }),
  makeEntry('hardlink', 'etc/twin', { target: 'etc/removed' }),
  makeEntry('directory', 'opt'),
  makeEntry('file', 'opt/hidden', { content: 'lower' }),
  makeEntry('directory', 'srv'),
  makeEntry('file', 'srv/below', { content: 'lower' }),
]);
/** The opaque mark stands behind what its directory gets: it must hide lower layers only. */
const upperLayer = writeTar([
  makeEntry('file', 'etc/changed', { content: 'upper' }),
  makeEntry('file', 'etc/.wh.removed'),
  makeEntry('file', 'opt/new', { content: 'upper' }),
  makeEntry('file', 'opt/.wh..wh..opq'),
  makeEntry('symlink', 'srv', { target: 'opt' }),
]);
const config = {
  architecture: 'amd64',
  os: 'linux',
  config: { Entrypoint: ['/bin/e', 'x'], Cmd: ['c'], Env: ['A=1=2', 'PATH=/bin'], User: 'user:adm', WorkingDir: '/w' },
};

/** "kind name content" of everything below a directory. */
function show(directory: FileNode, path = ''): string[] {
  const entries = directory.list(0, 1000);
  if (typeof entries === 'number') throw new Error(`list of ${path}: ${entries}`);
  return entries
    .flatMap(({ name }) => {
      const node = directory.lookup(name);
      if (typeof node === 'number') throw new Error(`lookup of ${name}: ${node}`);
      if (node.kind === NodeKind.Directory) return show(node, `${path}/${name}`);
      const into = new Uint8Array(100);
      const text = node.kind === NodeKind.File ? Buffer.from(into.subarray(0, node.read(0, into))).toString() : '';
      return [`${path}/${name} ${node.kind === NodeKind.SymbolicLink ? String(node.readLink()) : text}`];
    })
    .toSorted();
}

const merged = ['/etc/changed upper', '/etc/kept lower', '/etc/twin lower', '/opt/new upper', '/srv opt'];

function layoutFolder(compress: (layer: Uint8Array) => Uint8Array): string {
  const root = mkdtempSync(join(folder, 'layout-'));
  mkdirSync(join(root, 'blobs/sha256'), { recursive: true });
  const blob = (content: Uint8Array | string): { digest: string } => {
    const hash = createHash('sha256').update(content).digest('hex');
    writeFileSync(join(root, 'blobs/sha256', hash), content);
    return { digest: `sha256:${hash}` };
  };
  const layers = [lowerLayer, upperLayer].map((layer) => blob(compress(layer)));
  const manifest = blob(JSON.stringify({ config: blob(JSON.stringify(config)), layers }));
  const other = { ...blob('{}'), platform: { os: 'linux', architecture: 'arm64' } };
  const ours = { ...manifest, platform: { os: 'linux', architecture: 'amd64' } };
  writeFileSync(join(root, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(root, 'index.json'),
    JSON.stringify({ manifests: [blob(JSON.stringify({ manifests: [other, ours] }))] }),
  );
  return root;
}

function savedArchive(): string {
  const path = join(folder, 'saved.tar');
  writeTarFile(path, [
    { ...makeEntry('file', 'l1/layer.tar'), content: bytes(lowerLayer) },
    { ...makeEntry('file', 'l2/layer.tar'), content: bytes(upperLayer) },
    makeEntry('file', 'config.json', { content: JSON.stringify(config) }),
    makeEntry('file', 'manifest.json', {
      content: JSON.stringify([{ Config: 'config.json', Layers: ['l1/layer.tar', 'l2/layer.tar'] }]),
    }),
  ]);
  return path;
}

function bytes(content: Uint8Array): { sizeBytes: number; read(position: number, into: Uint8Array): number } {
  return {
    sizeBytes: content.length,
    read(position, into) {
      into.set(content.subarray(position, position + into.length));
      return Math.min(into.length, content.length - position);
    },
  };
}

function tarOf(source: string): string {
  const path = `${source}.tar`;
  execFileSync('tar', ['-cf', path, '-C', source, '.']);
  return path;
}

describe('container images', () => {
  const plain = (layer: Uint8Array): Uint8Array => layer;
  it.each([
    ['an OCI layout in a folder', () => layoutFolder(plain)],
    ['an OCI layout with compressed layers', () => layoutFolder(gzipSync)],
    ['an OCI layout as an archive', () => tarOf(layoutFolder(gzipSync))],
    ['what docker save writes', savedArchive],
  ])('%s', async (_what, make) => {
    const { server, config: found } = await openRootTree(make(), 1);
    expect(show(server.root)).toEqual(merged);
    expect(found).toEqual({
      entrypoint: ['/bin/e', 'x'],
      command: ['c'],
      environment: { A: '1=2', PATH: '/bin' },
      user: 'user:adm',
      workdir: '/w',
    });
    const etc = server.root.lookup('etc') as FileNode;
    expect((etc.lookup('twin') as FileNode).attributes().links).toBe(1);
  });

  it('refuses an image for another machine, and one with a part missing', async () => {
    const root = layoutFolder(plain);
    const digest = 'sha256:00';
    writeFileSync(
      join(root, 'index.json'),
      JSON.stringify({ manifests: [{ digest, platform: { os: 'linux', architecture: 'arm64' } }] }),
    );
    await expect(openRootTree(root, 1)).rejects.toThrow(/no variant for linux\/amd64/);
    writeFileSync(join(root, 'index.json'), JSON.stringify({ manifests: [{ digest }] }));
    await expect(openRootTree(root, 1)).rejects.toThrow(/lacks its part/);
  });
});

describe('archives', () => {
  it('are unpacked into the cache when compressed', async () => {
    const path = join(folder, 'root.tar.gz');
    writeFileSync(path, gzipSync(lowerLayer));
    const { server, config: none } = await openRootTree(path, 1);
    expect(none).toBeUndefined();
    expect(show(server.root)).toContain('/etc/kept lower');
    writeFileSync(path, gzipSync(lowerLayer).subarray(0, 60));
    await expect(openRootTree(path, 1)).rejects.toThrow(/can't unpack gzip data/);
  });

  it('are not read when opened, but for their headers', () => {
    const content = new Uint8Array(1_000_000);
    const archive = writeTar([{ ...makeEntry('file', 'big'), content: bytes(content) }, makeEntry('file', 'small')]);
    let countRead = 0;
    const read = (position: number, into: Uint8Array): number => {
      countRead += into.length;
      return bytes(archive).read(position, into);
    };
    const server = new ArchiveServer([readTar({ sizeBytes: archive.length, read })], { deviceId: 1 });
    expect(countRead).toBe(3 * 512);
    expect((server.root.lookup('big') as FileNode).read(0, content)).toBe(content.length);
  });
});
