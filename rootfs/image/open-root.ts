/** A root file system by its host path: a folder, a tar archive (compressed too), or a container image in either form. */
import { realpathSync, statSync } from 'node:fs';
import type { FileServer } from '../../kernel/file-server.ts';
import type { ByteSource } from '../byte-source.ts';
import { FileSource } from '../host/file-source.ts';
import { noProgress, type Progress } from '../progress.ts';
import { HostServer } from '../host/host-server.ts';
import { ArchiveServer } from '../tar/archive-server.ts';
import { readTar, TarError } from '../tar/tar-reader.ts';
import { uncompressed } from './compression.ts';
import { archiveFiles, folderFiles, isImageArchive, isImageFolder, openImage, type ImageConfig } from './image.ts';
import type { Image } from './image.ts';

export interface RootTree {
  readonly server: FileServer;
  /** Of a container image. */
  readonly config: ImageConfig | undefined;
}

/** Read-only. Throws an error that says what is wrong with it. */
export async function openRootTree(path: string, deviceId: number, progress: Progress = noProgress): Promise<RootTree> {
  if (statSync(path).isDirectory()) {
    if (isImageFolder(path)) return imageTree(openImage(folderFiles(path)), deviceId, progress);
    return { server: new HostServer(path, { deviceId, access: 'read-only' }), config: undefined };
  }
  const entries = [...readTar(await plainArchive(path, progress))];
  if (entries.length === 0) throw new TarError('an archive with nothing in it');
  if (isImageArchive(entries)) return imageTree(openImage(archiveFiles(entries)), deviceId, progress);
  return { server: new ArchiveServer([entries], { deviceId }), config: undefined };
}

async function imageTree({ layers, config }: Image, deviceId: number, progress: Progress): Promise<RootTree> {
  const archives = [];
  for (const { key, source } of layers) archives.push(readTar(await uncompressed(source, key, progress)));
  return { server: new ArchiveServer(archives, { deviceId, whiteouts: 'apply' }), config };
}

function plainArchive(path: string, progress: Progress): Promise<ByteSource> {
  const { size, mtimeMs } = statSync(path);
  return uncompressed(new FileSource(path), `${realpathSync(path)}:${size}:${mtimeMs}`, progress);
}
