/**
 * Container images: an OCI image layout or what `docker save` writes, as a folder or as a tar archive of it. An image is a list of
 * layers, each a tar archive, and a configuration that says how to run it.
 * Source: OCI image-spec (image-layout.md, manifest.md, config.md); Docker image specification v1.2.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, type ByteSource } from '../byte-source.ts';
import { FileSource } from '../host/file-source.ts';
import type { TarEntry } from '../tar/tar-format.ts';

export class ImageError extends Error {
  override name = 'ImageError';
}

/** How an image wants to be run. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** `user[:group]`, names or numbers. */
  readonly user: string | undefined;
  readonly workdir: string | undefined;
}

export interface Layer {
  /** Names the content, for a cache. */
  readonly key: string;
  readonly source: ByteSource;
}

export interface Image {
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
}

/** The files of an image by path. */
export type ImageFiles = (path: string) => ByteSource | undefined;

interface Descriptor {
  readonly digest: string;
  readonly mediaType?: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

/** What is read of the JSON documents. */
interface Manifest {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

interface SavedImage {
  readonly Config: string;
  readonly Layers: readonly string[];
}

interface ConfigDocument {
  readonly config?: {
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly Env?: readonly string[] | null;
    readonly User?: string;
    readonly WorkingDir?: string;
  };
}

const MARKS = ['oci-layout', 'manifest.json'];

export function folderFiles(folder: string): ImageFiles {
  return (path) => {
    const file = join(folder, path);
    return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? new FileSource(file) : undefined;
  };
}

export function archiveFiles(entries: readonly TarEntry[]): ImageFiles {
  const byPath = new Map(entries.filter(({ kind }) => kind === 'file').map(({ path, content }) => [path, content]));
  const links = new Map(entries.filter(({ kind }) => kind === 'hardlink').map(({ path, target }) => [path, target]));
  return (path) => byPath.get(path) ?? byPath.get(links.get(path) ?? '');
}

export function isImageFolder(folder: string): boolean {
  return MARKS.some((mark) => existsSync(join(folder, mark)));
}

export function isImageArchive(entries: readonly TarEntry[]): boolean {
  return entries.some(({ path, kind }) => kind === 'file' && MARKS.includes(path));
}

/** Throws ImageError when it is no image, or not one that this machine can run. */
export function openImage(files: ImageFiles): Image {
  return files('manifest.json') === undefined ? openLayout(files) : openSaved(files);
}

function openSaved(files: ImageFiles): Image {
  const [image] = parse<readonly SavedImage[]>(files, 'manifest.json');
  if (image === undefined) throw new ImageError('manifest.json names no image');
  const layers = image.Layers.map((path) => ({ key: keyOf(path), source: need(files, path) }));
  return { layers, config: configOf(parse(files, image.Config)) };
}

function openLayout(files: ImageFiles): Image {
  let manifest = parse<Manifest>(files, 'index.json');
  while (manifest.manifests !== undefined) manifest = parse(files, blobPath(choose(manifest.manifests)));
  if (manifest.config === undefined) throw new ImageError('the manifest names no configuration');
  const layers = (manifest.layers ?? []).map((layer) => ({
    key: keyOf(layer.digest),
    source: need(files, blobPath(layer)),
  }));
  return { layers, config: configOf(parse(files, blobPath(manifest.config))) };
}

/** Of images for several machines, ours; one that does not say counts as ours. */
function choose(descriptors: readonly Descriptor[]): Descriptor {
  const found = descriptors.find(
    ({ platform }) => platform === undefined || (platform.os === 'linux' && platform.architecture === 'amd64'),
  );
  if (found === undefined) throw new ImageError('the image has no variant for linux/amd64');
  return found;
}

function blobPath({ digest }: Descriptor): string {
  if (!/^[a-z0-9]+:[0-9a-f]+$/.test(digest)) throw new ImageError(`'${digest}' is not a digest`);
  return `blobs/${digest.replace(':', '/')}`;
}

function keyOf(name: string): string {
  return name.replace(/[^0-9A-Za-z]+/g, '-');
}

function need(files: ImageFiles, path: string): ByteSource {
  const source = files(path);
  if (source === undefined) throw new ImageError(`the image lacks its part ${path}`);
  return source;
}

function parse<T>(files: ImageFiles, path: string): T {
  const text = new TextDecoder().decode(bytesOf(need(files, path)));
  try {
    return JSON.parse(text) as T;
  } catch (failure) {
    throw new ImageError(`${path} of the image is not JSON`, { cause: failure });
  }
}

function configOf({ config = {} }: ConfigDocument): ImageConfig {
  const settings = (config.Env ?? []).map((setting) => {
    const equals = setting.indexOf('=');
    return [setting.slice(0, equals), setting.slice(equals + 1)] as const;
  });
  return {
    entrypoint: config.Entrypoint ?? [],
    command: config.Cmd ?? [],
    environment: Object.fromEntries(settings),
    user: config.User || undefined,
    workdir: config.WorkingDir || undefined,
  };
}
