/**
 * The files of a machine, shaped like Node's fs.promises. What is done here is done as root by process 1 of the guest: its own root,
 * permissions and mounts; the files of the host are out of reach but for the volumes the machine was given. Paths are absolute
 * paths of the guest. Errors have Node's code, errno, syscall and path.
 */
import { toByteString, toHostString } from '../../kernel/byte-string.ts';
import { NodeKind, type FileNode } from '../../kernel/file-server.ts';
import { EEXIST, EINVAL, EISDIR, ENOENT, ENOTDIR } from '../../linuxabi/abi/errno.ts';
import { AT_FDCWD, AT_REMOVEDIR, O_NONBLOCK, O_WRONLY } from '../../linuxabi/abi/fcntl.ts';
import { changeMode, changeOwner, setTimes, type NewTime } from '../../linuxabi/fs/calls/attributes.ts';
import { linkat, mkdirat, renameat2, symlinkat, unlinkat } from '../../linuxabi/fs/calls/names.ts';
import { faccessat2, linkText } from '../../linuxabi/fs/calls/stat.ts';
import { nodeAt, pathOf, type Location } from '../../linuxabi/fs/mount.ts';
import { openPath } from '../../linuxabi/fs/opening.ts';
import { Last } from '../../linuxabi/fs/path-walk.ts';
import { resize } from '../../linuxabi/fs/resize.ts';
import { locate } from '../../linuxabi/fs/walker.ts';
import type { LinuxThread } from '../../linuxabi/process/thread.ts';
import { linuxResult } from '../../linuxabi/status-errno.ts';
import { argumentError, guestError, type FailedCall } from './guest-error.ts';
import { GuestDirent } from './guest-dirent.ts';
import { GuestFile } from './guest-file.ts';
import { GuestStats } from './guest-stats.ts';
import type { MachineHost } from './machine-host.ts';
import { openFlags, type OpenFlag } from './open-flags.ts';

/** Seconds since 1970, or a Date. */
export type FileTime = number | Date;

export interface WriteOptions {
  readonly encoding?: BufferEncoding;
  /** Permission bits of a new file, less the umask: 0o666 when absent. */
  readonly mode?: number;
  readonly flag?: OpenFlag;
}

export interface RemoveOptions {
  /** Folders with what is in them. */
  readonly recursive?: boolean;
  /** What is not there is no error. */
  readonly force?: boolean;
}

const NEW_FILE = 0o666;
const NEW_FOLDER = 0o777;
const NAMES_AT_ONCE = 512;
const NS_PER_MS = 1_000_000n;

export class GuestFiles {
  readonly #host: MachineHost;

  /** @internal */
  constructor(host: MachineHost) {
    this.#host = host;
  }

  // --- content ---------------------------------------------------------------------------------------------------------

  /** A string when an encoding is named. Of a FIFO: until its last writer closes it. */
  readFile(path: string, options?: { readonly encoding?: null; readonly flag?: OpenFlag } | null): Promise<Buffer>;
  readFile(
    path: string,
    options: BufferEncoding | { readonly encoding: BufferEncoding; readonly flag?: OpenFlag },
  ): Promise<string>;
  async readFile(
    path: string,
    options?: BufferEncoding | { readonly encoding?: BufferEncoding | null; readonly flag?: OpenFlag } | null,
  ): Promise<Buffer | string> {
    const { encoding, flag = 'r' } = typeof options === 'string' ? { encoding: options } : (options ?? {});
    const file = this.#open(path, openFlags(flag));
    try {
      const bytes = await file.readToEnd();
      return encoding == null ? bytes : bytes.toString(encoding);
    } finally {
      file.close();
    }
  }

  async writeFile(path: string, data: string | Uint8Array, options?: BufferEncoding | WriteOptions): Promise<void> {
    const {
      encoding = 'utf8',
      mode = NEW_FILE,
      flag = 'w',
    } = typeof options === 'string' ? { encoding: options } : (options ?? {});
    const file = this.#open(path, openFlags(flag), mode);
    try {
      await file.writeAll(typeof data === 'string' ? Buffer.from(data, encoding) : data);
    } finally {
      file.close();
    }
  }

  async appendFile(path: string, data: string | Uint8Array, options?: BufferEncoding | WriteOptions): Promise<void> {
    const given = typeof options === 'string' ? { encoding: options } : options;
    await this.writeFile(path, data, { flag: 'a', ...given });
  }

  async truncate(path: string, length = 0): Promise<void> {
    const call = { syscall: 'open', path };
    const opened = openPath(this.#agent, AT_FDCWD, guestPath(path), O_WRONLY | O_NONBLOCK, 0);
    if (typeof opened === 'number') throw guestError(opened, call);
    const { node } = opened;
    const result = node?.kind === NodeKind.File ? resize(this.#agent, node, length) : -EINVAL;
    opened.release();
    this.#check(result, { syscall: 'ftruncate' });
  }

  async copyFile(source: string, destination: string): Promise<void> {
    const { mode } = await this.stat(source);
    await this.writeFile(destination, await this.readFile(source), { mode: mode & 0o777 });
  }

  /**
   * The content of a file piece by piece, for one that may be long.
   * @internal
   */
  async *pieces(path: string): AsyncGenerator<Uint8Array> {
    const file = this.#open(path, openFlags('r'));
    try {
      yield* file.pieces();
    } finally {
      file.close();
    }
  }

  /**
   * A new file, to be written piece by piece. Throws EEXIST.
   * @internal
   */
  create(path: string, mode: number): { write(bytes: Uint8Array): Promise<void>; close(): Promise<void> } {
    const file = this.#open(path, openFlags('wx'), mode);
    return { write: (bytes) => file.writeAll(bytes), close: async () => file.close() };
  }

  // --- folders -----------------------------------------------------------------------------------------------------------

  /** With `recursive`, folders on the way too: answers the first that was made, undefined when all were there. */
  async mkdir(
    path: string,
    options: number | { readonly recursive?: boolean; readonly mode?: number } = {},
  ): Promise<string | undefined> {
    const { recursive = false, mode = NEW_FOLDER } = typeof options === 'number' ? { mode: options } : options;
    const call = { syscall: 'mkdir', path };
    if (!recursive) {
      this.#check(mkdirat(this.#agent, AT_FDCWD, guestPath(path), mode), call);
      return undefined;
    }
    let first: string | undefined;
    let folder = '';
    for (const name of path.split('/').filter((part) => part !== '')) {
      folder += `/${name}`;
      const made = mkdirat(this.#agent, AT_FDCWD, guestPath(folder), mode);
      if (made === 0) first ??= folder;
      else if (made !== -EEXIST) throw guestError(made, call);
      else if (this.#node(folder, Last.Follow, call).kind !== NodeKind.Directory)
        throw guestError(folder === path ? -EEXIST : -ENOTDIR, call);
    }
    return first;
  }

  /** Names in no particular order, without `.` and `..`. */
  readdir(path: string, options?: { readonly withFileTypes?: false }): Promise<string[]>;
  readdir(path: string, options: { readonly withFileTypes: true }): Promise<GuestDirent[]>;
  async readdir(
    path: string,
    { withFileTypes = false }: { readonly withFileTypes?: boolean } = {},
  ): Promise<string[] | GuestDirent[]> {
    const found = this.#list(path);
    return withFileTypes ? found : found.map(({ name }) => name);
  }

  async rmdir(path: string): Promise<void> {
    this.#check(unlinkat(this.#agent, AT_FDCWD, guestPath(path), AT_REMOVEDIR), { syscall: 'rmdir', path });
  }

  async rm(path: string, { recursive = false, force = false }: RemoveOptions = {}): Promise<void> {
    const call = { syscall: 'rm', path };
    const place = this.#find(path, Last.NoFollow);
    if (place === -ENOENT && force) return;
    if (typeof place === 'number') throw guestError(place, { syscall: 'lstat', path });
    if (nodeAt(place).kind !== NodeKind.Directory) return this.unlink(path);
    if (!recursive) throw Object.assign(guestError(-EISDIR, call), { code: 'ERR_FS_EISDIR' });
    for (const entry of this.#list(path)) await this.rm(`${path}/${entry.name}`, { recursive, force: true });
    await this.rmdir(path);
  }

  // --- names and attributes ------------------------------------------------------------------------------------------------

  async stat(path: string): Promise<GuestStats> {
    return new GuestStats(this.#node(path, Last.Follow, { syscall: 'stat', path }));
  }

  async lstat(path: string): Promise<GuestStats> {
    return new GuestStats(this.#node(path, Last.NoFollow, { syscall: 'lstat', path }));
  }

  /** `mode`: fs.constants.R_OK, W_OK, X_OK (4, 2, 1), or 0 for whether it is there. Root is refused little. */
  async access(path: string, mode = 0): Promise<void> {
    this.#check(faccessat2(this.#agent, AT_FDCWD, guestPath(path), mode, 0), { syscall: 'access', path });
  }

  async realpath(path: string): Promise<string> {
    const place = this.#find(path, Last.Follow);
    if (typeof place === 'number') throw guestError(place, { syscall: 'realpath', path });
    return toHostString(pathOf(place, this.#agent.process.fs.root) ?? '/');
  }

  async readlink(path: string): Promise<string> {
    const call = { syscall: 'readlink', path };
    const node = this.#node(path, Last.NoFollow, call);
    const text = node.kind === NodeKind.SymbolicLink ? linkText(this.#agent, node) : -EINVAL;
    if (typeof text === 'number') throw guestError(text, call);
    return toHostString(text);
  }

  async symlink(target: string, path: string): Promise<void> {
    const result = symlinkat(this.#agent, toByteString(target), AT_FDCWD, guestPath(path));
    this.#check(result, { syscall: 'symlink', path: target, dest: path });
  }

  async link(existing: string, path: string): Promise<void> {
    const result = linkat(this.#agent, AT_FDCWD, guestPath(existing), AT_FDCWD, guestPath(path), 0);
    this.#check(result, { syscall: 'link', path: existing, dest: path });
  }

  async rename(from: string, to: string): Promise<void> {
    const result = renameat2(this.#agent, AT_FDCWD, guestPath(from), AT_FDCWD, guestPath(to), 0);
    this.#check(result, { syscall: 'rename', path: from, dest: to });
  }

  async unlink(path: string): Promise<void> {
    this.#check(unlinkat(this.#agent, AT_FDCWD, guestPath(path), 0), { syscall: 'unlink', path });
  }

  async chmod(path: string, mode: number): Promise<void> {
    const found = this.#find(path, Last.Follow);
    this.#check(changeMode(this.#agent, found, mode), { syscall: 'chmod', path });
  }

  /** Numbers of the guest's users and groups; −1 leaves one as it is. */
  async chown(path: string, uid: number, gid: number): Promise<void> {
    const found = this.#find(path, Last.Follow);
    this.#check(changeOwner(this.#agent, found, uid, gid), { syscall: 'chown', path });
  }

  async lchown(path: string, uid: number, gid: number): Promise<void> {
    const found = this.#find(path, Last.NoFollow);
    this.#check(changeOwner(this.#agent, found, uid, gid), { syscall: 'lchown', path });
  }

  async utimes(path: string, atime: FileTime, mtime: FileTime): Promise<void> {
    const found = this.#find(path, Last.Follow);
    this.#check(setTimes(this.#agent, found, nanoseconds(atime), nanoseconds(mtime)), { syscall: 'utime', path });
  }

  // --- how ------------------------------------------------------------------------------------------------------------------

  get #agent(): LinuxThread {
    return this.#host.agent.thread;
  }

  #check(result: number, call: FailedCall): void {
    const settled = this.#host.agent.settle(result);
    if (settled < 0) throw guestError(settled, call);
  }

  #find(path: string, last: Last): Location | number {
    return locate(this.#agent, AT_FDCWD, guestPath(path), last);
  }

  #node(path: string, last: Last, call: FailedCall): FileNode {
    const place = this.#find(path, last);
    if (typeof place === 'number') throw guestError(place, call);
    return nodeAt(place);
  }

  /** Nothing waits in the opening: of a FIFO without a reader the answer is ENXIO. */
  #open(path: string, flags: number, mode = 0): GuestFile {
    const opened = openPath(this.#agent, AT_FDCWD, guestPath(path), flags | O_NONBLOCK, mode);
    if (typeof opened === 'number') throw guestError(this.#host.agent.settle(opened), { syscall: 'open', path });
    return new GuestFile(opened, path);
  }

  #list(path: string): GuestDirent[] {
    const call = { syscall: 'scandir', path };
    const node = this.#node(path, Last.Follow, call);
    if (node.kind !== NodeKind.Directory) throw guestError(-ENOTDIR, call);
    const found: GuestDirent[] = [];
    for (let cookie = 0; ;) {
      const batch = node.list(cookie, NAMES_AT_ONCE);
      if (typeof batch === 'number') throw guestError(linuxResult(batch), call);
      const last = batch.at(-1);
      if (last === undefined) return found;
      for (const { name, kind } of batch) found.push(new GuestDirent(toHostString(name), path, kind));
      cookie = last.cookie;
    }
  }
}

/** Throws when it is not an absolute path: the library stands in no folder of the guest. */
function guestPath(path: string): string {
  if (typeof path !== 'string' || !path.startsWith('/') || path.includes('\0'))
    throw argumentError(`a path of the guest begins with '/' and has no zero byte: ${JSON.stringify(path)}`);
  return toByteString(path);
}

function nanoseconds(time: FileTime): NewTime {
  const ms = time instanceof Date ? time.getTime() : time * 1000;
  if (!Number.isFinite(ms)) throw argumentError(`${String(time)} is no time`);
  const whole = Math.floor(ms);
  return BigInt(whole) * NS_PER_MS + BigInt(Math.round((ms - whole) * Number(NS_PER_MS)));
}
