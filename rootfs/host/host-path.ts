/** Host paths of guest names. On POSIX hosts names are bytes and stay so; elsewhere they are text. */
import { sep } from 'node:path';
import { toByteString, toHostString, type ByteString } from '../../kernel/byte-string.ts';

const isPosix = process.platform !== 'win32';

export type HostPath = Buffer | string;

/** `root` and the names below it. */
export function hostPath(root: string, names: readonly ByteString[]): HostPath {
  if (!isPosix) return [root, ...names.map(toHostString)].join(sep);
  const tail = names.length === 0 ? '' : `/${names.join('/')}`;
  return Buffer.concat([Buffer.from(root), Buffer.from(tail, 'latin1')]);
}

const ASCII = /^[\0-\x7f]*$/;

/** A name in a folder. Text where that is the same: it costs a fraction of bytes. */
export function below(folder: HostPath, name: ByteString): HostPath {
  if (typeof folder === 'string') return ASCII.test(name) ? folder + sep + name : hostPath(folder, [name]);
  return Buffer.concat([folder, Buffer.from(`/${name}`, 'latin1')]);
}

/** A name that `readdir` gave, or a link target. */
export function guestName(name: Buffer | string): ByteString {
  return typeof name === 'string' ? toByteString(name) : name.toString('latin1');
}

/** Text of a guest's link target for the host. */
export function hostTarget(target: ByteString): HostPath {
  return isPosix ? Buffer.from(target, 'latin1') : toHostString(target);
}

/** One component that means itself: nothing that could lead elsewhere. */
export function isPlainName(name: ByteString): boolean {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) return false;
  return isPosix || !/[\\:*?"<>|]/.test(name);
}
