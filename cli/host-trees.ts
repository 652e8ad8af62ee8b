/** Trees of the host in a machine: its root from a folder, an archive or an image, and the folders of -v. */
import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { toByteString } from '../kernel/byte-string.ts';
import { NodeKind, type FileServer } from '../kernel/file-server.ts';
import type { FileSystem } from '../linuxabi/fs/file-system.ts';
import { ensureDefaultRoot } from '../rootfs/default-root/default-root.ts';
import { Status } from '../kernel/status.ts';
import type { HostRules } from '../rootfs/host/host-rules.ts';
import { HostServer, type HostServerOptions } from '../rootfs/host/host-server.ts';
import type { ImageConfig } from '../rootfs/image/image.ts';
import { openRootTree, type RootTree } from '../rootfs/image/open-root.ts';
import { UsageError } from './options.ts';
import { noProgress, type Progress } from '../rootfs/progress.ts';
import type { StorageLimits } from './limit-options.ts';
import type { Volume } from './mount-options.ts';
import { createFiles, DeviceId, mountTree } from './session-files.ts';

export interface Root {
  readonly system: FileSystem;
  /** How a container image wants to be run. */
  readonly config: ImageConfig | undefined;
}

/** The root of `--rootfs`, or the default root, as the lower layer of a machine's files. */
export async function openRoot(
  rootfs: string | undefined,
  note: (text: string) => void,
  storage: StorageLimits = {},
  progress: Progress = noProgress,
): Promise<Root> {
  const { server, config } = await openLower(rootfs ?? (await ensureDefaultRoot(note)), progress);
  return { system: createFiles(server, rootfs ?? 'k42-default-root', storage), config };
}

async function openLower(path: string, progress: Progress): Promise<RootTree> {
  if (!existsSync(path)) throw new UsageError(`--rootfs ${path}: there is no such folder or archive`);
  try {
    return await openRootTree(path, DeviceId.lower, progress);
  } catch (failure) {
    throw new UsageError(`--rootfs ${path}: ${(failure as Error).message}`, { cause: failure });
  }
}

/** Host folders and files of -v. As Docker does, a folder that is not there yet is made, unless it is only to be read. */
export function mountVolumes(system: FileSystem, volumes: readonly Volume[], rules?: HostRules): void {
  for (const { source, target, access } of volumes) {
    if (!existsSync(source)) {
      if (access === 'read-only') throw new UsageError(`-v ${source}: there is no such folder or file`);
      mkdirSync(source, { recursive: true });
    }
    mountTree(
      system,
      target,
      openVolume(source, { deviceId: system.nextDevice(), access, ...(rules && { rules }) }),
      toByteString(source),
    );
  }
}

/** A file is shown as a tree that is only its root: nothing of the folder it lies in. */
function openVolume(source: string, options: HostServerOptions): FileServer {
  const { deviceId } = options;
  if (statSync(source).isDirectory()) {
    const server = new HostServer(source, options);
    if (server.rules?.hidesRoot === true) throw new UsageError(`${source} is to be shown and hidden (--deny-read)`);
    return server;
  }
  const real = realpathSync(source);
  const folder = new HostServer(dirname(real), options);
  const root = folder.root.lookup(toByteString(basename(real)));
  if (root === Status.AccessDenied) throw new UsageError(`${source} is to be shown and hidden (--deny-read)`);
  if (typeof root === 'number' || root.kind !== NodeKind.File)
    throw new UsageError(`-v ${source}: neither a folder nor a file`);
  return {
    type: folder.type,
    deviceId,
    readOnly: folder.readOnly,
    root,
    statistics: () => folder.statistics(),
    dispose: () => folder.dispose(),
  };
}
