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

interface StatsLike {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  readonly mode: number;
  readonly mtimeMs: number;
}

const PERMISSIONS = 0o7777;

export function factsOf(stats: StatsLike): FileFacts {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'other';
  return { kind, mode: stats.mode & PERMISSIONS, modifiedMs: stats.mtimeMs };
}

/** What is not there is undefined. */
export async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw failure;
  }
}
