/** Extended attributes of files: name spaces, who may touch which, limits. Source: xattr(7); fs/xattr.c (xattr_permission, vfs_setxattr). */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { E2BIG, EEXIST, EINVAL, ENODATA, ENOSPC, EOPNOTSUPP, EPERM, ERANGE, EROFS } from '../abi/errno.ts';
import { CAP_SETFCAP } from '../abi/capability.ts';
import { S_ISVTX, XATTR_CREATE, XATTR_NAME_MAX, XATTR_REPLACE } from '../abi/stat.ts';
import { capable, isPrivileged } from '../process/credentials.ts';
import type { Credentials } from '../process/credentials.ts';
import type { Dentry } from './dentry.ts';
import { checkAccess, May, ownsFile } from './permission.ts';

/** Source: include/uapi/linux/limits.h. */
const XATTR_SIZE_MAX = 65536;
/** All names and values of one file, as a disk file system with blocks for them would have room. */
const ROOM = 64 * 1024;
const SPACES = ['user.', 'trusted.', 'security.'];
const CAPABILITY = 'security.capability';

/** A file whose attributes a call names, and whether its mount may be written. */
export interface AttributedFile {
  readonly node: FileNode;
  readonly readOnly: boolean;
  /** Its place, where it has one. */
  readonly dentry: Dentry | undefined;
}

export function checkName(name: ByteString | undefined): number {
  return name === undefined || name === '' || name.length > XATTR_NAME_MAX ? -ERANGE : 0;
}

export function checkSetting(how: number, sizeBytes: number): number {
  if ((how & ~(XATTR_CREATE | XATTR_REPLACE)) !== 0) return -EINVAL;
  return sizeBytes > XATTR_SIZE_MAX ? -E2BIG : 0;
}

/** 0, or −errno of Linux's checks on the name for reading or changing. */
function mayTouch(node: FileNode, name: ByteString, credentials: Credentials, wanted: number): number {
  const changes = wanted === May.Write;
  if (name.startsWith('trusted.') && !isPrivileged(credentials)) return changes ? -EPERM : -ENODATA;
  if (name.startsWith('security.') || name.startsWith('system.')) return 0;
  if (name.startsWith('user.')) {
    const isDirectory = node.kind === NodeKind.Directory;
    if (node.kind !== NodeKind.File && !isDirectory) return changes ? -EPERM : -ENODATA;
    const attributes = node.attributes();
    const isSticky = isDirectory && (attributes.permissions & S_ISVTX) !== 0;
    if (isSticky && changes && !ownsFile(attributes, credentials)) return -EPERM;
  }
  return checkAccess(node, credentials, wanted);
}

/** The file's attributes, or −errno when it can't have this one. */
function attachmentsFor(node: FileNode, name: ByteString): Map<ByteString, Uint8Array> | number {
  const space = SPACES.find((prefix) => name.startsWith(prefix));
  if (space === undefined || node.attachments === undefined) return -EOPNOTSUPP;
  return name === space ? -EINVAL : node.attachments;
}

export function getAttachment(file: AttributedFile, name: ByteString, credentials: Credentials): Uint8Array | number {
  const denied = mayTouch(file.node, name, credentials, May.Read);
  if (denied < 0) return denied;
  const attachments = attachmentsFor(file.node, name);
  return typeof attachments === 'number' ? attachments : (attachments.get(name) ?? -ENODATA);
}

export function setAttachment(
  { node, readOnly }: AttributedFile,
  name: ByteString,
  value: Uint8Array,
  how: number,
  credentials: Credentials,
): number {
  if (readOnly) return -EROFS;
  const denied = mayChange(node, name, credentials);
  if (denied < 0) return denied;
  const attachments = attachmentsFor(node, name);
  if (typeof attachments === 'number') return attachments;
  const isThere = attachments.has(name);
  if (!isThere && (how & XATTR_REPLACE) !== 0) return -ENODATA;
  if (isThere && (how & XATTR_CREATE) !== 0) return -EEXIST;
  let used = name.length + value.length;
  for (const [each, bytes] of attachments) if (each !== name) used += each.length + bytes.length;
  if (used > ROOM) return -ENOSPC;
  attachments.set(name, value);
  // The time of change moves with it.
  node.setAttributes({});
  return 0;
}

export function removeAttachment(file: AttributedFile, name: ByteString, credentials: Credentials): number {
  if (file.readOnly) return -EROFS;
  const denied = mayChange(file.node, name, credentials);
  if (denied < 0) return denied;
  const attachments = attachmentsFor(file.node, name);
  if (typeof attachments === 'number') return attachments;
  if (!attachments.delete(name)) return -ENODATA;
  file.node.setAttributes({});
  return 0;
}

/** Names of `security.` are for administrators; file capabilities have a capability of their own. Source: cap_inode_setxattr. */
function mayChange(node: FileNode, name: ByteString, credentials: Credentials): number {
  const denied = mayTouch(node, name, credentials, May.Write);
  if (denied < 0 || !name.startsWith('security.')) return denied;
  const allowed = name === CAPABILITY ? capable(credentials, CAP_SETFCAP) : isPrivileged(credentials);
  return allowed ? 0 : -EPERM;
}

/** The names the caller may see, each with a zero at its end. */
export function listAttachments({ node }: AttributedFile, credentials: Credentials): ByteString {
  const names = [...(node.attachments?.keys() ?? [])];
  const seen = isPrivileged(credentials) ? names : names.filter((name) => !name.startsWith('trusted.'));
  return seen.map((name) => `${name}\0`).join('');
}
