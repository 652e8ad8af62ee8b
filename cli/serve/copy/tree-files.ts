/** Files as a copy needs them, of the host or of a machine. Errors have Node's code and message. */
export type FileKind = 'file' | 'folder' | 'link' | 'other';

export interface FileFacts {
  readonly kind: FileKind;
  /** Permission bits. */
  readonly mode: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

export interface FileWriter {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface TreeFiles {
  /** Undefined when it is not there. */
  facts(path: string, links: 'follow' | 'keep'): Promise<FileFacts | undefined>;
  names(path: string): Promise<string[]>;
  linkTarget(path: string): Promise<string>;
  pieces(path: string): AsyncIterable<Uint8Array>;
  /** One that is there already will do. */
  makeFolder(path: string, mode: number): Promise<void>;
  makeLink(path: string, target: string): Promise<void>;
  /** A new file: what was there must have been removed. */
  create(path: string, mode: number): Promise<FileWriter>;
  /** Not a folder. */
  remove(path: string): Promise<void>;
  /** Permission bits whatever the umask, and the time of the last change. */
  stamp(path: string, facts: Pick<FileFacts, 'mode' | 'modifiedMs'>): Promise<void>;
}

/** What the host's files and a machine's have in common, as of node:fs/promises. */
interface NodeFiles {
  stat(path: string): Promise<StatsLike>;
  lstat(path: string): Promise<StatsLike>;
  readdir(path: string): Promise<string[]>;
  readlink(path: string): Promise<string>;
  mkdir(path: string, mode: number): Promise<unknown>;
  symlink(target: string, path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  utimes(path: string, accessed: number, modified: number): Promise<void>;
}

/** `own`: what they have in ways of their own. */
export function treeFiles(files: NodeFiles, own: Pick<TreeFiles, 'pieces' | 'create'>): TreeFiles {
  return {
    ...own,
    facts: async (path, links) => {
      const stats = await unlessMissing(links === 'follow' ? files.stat(path) : files.lstat(path));
      return stats && factsOf(stats);
    },
    names: (path) => files.readdir(path),
    linkTarget: (path) => files.readlink(path),
    makeFolder: async (path, mode) => {
      await files.mkdir(path, mode).catch((failure: NodeJS.ErrnoException) => {
        if (failure.code !== 'EEXIST') throw failure;
      });
    },
    makeLink: (path, target) => files.symlink(target, path),
    remove: (path) => files.unlink(path),
    stamp: async (path, { mode, modifiedMs }) => {
      await files.chmod(path, mode);
      await files.utimes(path, modifiedMs / 1000, modifiedMs / 1000);
    },
  };
}

interface StatsLike {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  readonly mode: number;
  readonly mtimeMs: number;
}

const PERMISSIONS = 0o7777;

function factsOf(stats: StatsLike): FileFacts {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'other';
  return { kind, mode: stats.mode & PERMISSIONS, modifiedMs: stats.mtimeMs };
}

/** What is not there is undefined. */
async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw failure;
  }
}
