/** May this user do that to this file. Source: path_resolution(7), fs/namei.c (generic_permission, may_delete), fs/attr.c. */
import { NodeKind } from '../../kernel/file-server.ts';
import type { Attributes, FileNode } from '../../kernel/file-server.ts';
import { EACCES, EPERM } from '../abi/errno.ts';
import { S_ISVTX } from '../abi/stat.ts';
import { inGroup } from '../process/credentials.ts';
import type { Credentials } from '../process/credentials.ts';

/** Bits as in access(2) and in a permission triple. */
export const May = { Execute: 1, Write: 2, Read: 4 } as const;

/** Root's override of permissions on files: CAP_DAC_OVERRIDE, CAP_FOWNER and the like follow the file-system user id. */
export function overridesFiles(credentials: Credentials): boolean {
  return credentials.fsuid === 0;
}

/** 0 or −EACCES. */
export function checkAccess(node: FileNode, credentials: Credentials, wanted: number): number {
  const isRoot = overridesFiles(credentials);
  // Root may do anything but execute a file that nobody may execute.
  if (isRoot && ((wanted & May.Execute) === 0 || node.kind === NodeKind.Directory)) return 0;
  const { permissions, owner, group } = node.attributes();
  if (isRoot) return (permissions & 0o111) !== 0 ? 0 : -EACCES;
  const shift = credentials.fsuid === owner ? 6 : inGroup(credentials, group) ? 3 : 0;
  return ((permissions >> shift) & wanted) === wanted ? 0 : -EACCES;
}

/** Owner of the file, or root. */
export function ownsFile(attributes: Attributes, credentials: Credentials): boolean {
  return credentials.fsuid === attributes.owner || overridesFiles(credentials);
}

/** May remove or rename away this name: write and search on the directory, and the rule of sticky directories. */
export function checkRemoval(directory: FileNode, victim: FileNode, credentials: Credentials): number {
  const denied = checkAccess(directory, credentials, May.Write | May.Execute);
  if (denied < 0) return denied;
  if (overridesFiles(credentials)) return 0;
  const { permissions, owner } = directory.attributes();
  if ((permissions & S_ISVTX) === 0 || owner === credentials.fsuid) return 0;
  return victim.attributes().owner === credentials.fsuid ? 0 : -EPERM;
}

/** The rights of the real user, as access(2) checks them. */
export function realCredentials(credentials: Credentials): Credentials {
  return { ...credentials, fsuid: credentials.uid, fsgid: credentials.gid };
}
