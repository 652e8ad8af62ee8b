/** May this user do that to this file. Source: path_resolution(7), fs/namei.c (generic_permission, may_delete), fs/attr.c. */
import { NodeKind } from '../../kernel/file-server.ts';
import type { Attributes, FileNode } from '../../kernel/file-server.ts';
import { EACCES, EPERM } from '../abi/errno.ts';
import { S_ISVTX } from '../abi/stat.ts';
import { CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, SECBIT_NO_SETUID_FIXUP } from '../abi/capability.ts';
import { CapabilitySet } from '../process/capability-set.ts';
import { capable, inGroup } from '../process/credentials.ts';
import type { Credentials } from '../process/credentials.ts';

/** Bits as in access(2) and in a permission triple. */
export const May = { Execute: 1, Write: 2, Read: 4 } as const;

/** 0 or −EACCES. */
export function checkAccess(node: FileNode, credentials: Credentials, wanted: number): number {
  const overrides = capable(credentials, CAP_DAC_OVERRIDE);
  const isDirectory = node.kind === NodeKind.Directory;
  // Root may do anything but execute a file that nobody may execute.
  if (overrides && ((wanted & May.Execute) === 0 || isDirectory)) return 0;
  const { permissions, owner, group } = node.attributes();
  if (overrides && (permissions & 0o111) !== 0) return 0;
  const shift = credentials.fsuid === owner ? 6 : inGroup(credentials, group) ? 3 : 0;
  if (((permissions >> shift) & wanted) === wanted) return 0;
  const readsOnly = isDirectory ? (wanted & May.Write) === 0 : wanted === May.Read;
  return readsOnly && capable(credentials, CAP_DAC_READ_SEARCH) ? 0 : -EACCES;
}

/** Owner of the file, or root. */
export function ownsFile(attributes: Attributes, credentials: Credentials): boolean {
  return credentials.fsuid === attributes.owner || capable(credentials, CAP_FOWNER);
}

/** May remove or rename away this name: write and search on the directory, and the rule of sticky directories. */
export function checkRemoval(directory: FileNode, victim: FileNode, credentials: Credentials): number {
  const denied = checkAccess(directory, credentials, May.Write | May.Execute);
  if (denied < 0) return denied;
  if (capable(credentials, CAP_FOWNER)) return 0;
  const { permissions, owner } = directory.attributes();
  if ((permissions & S_ISVTX) === 0 || owner === credentials.fsuid) return 0;
  return victim.attributes().owner === credentials.fsuid ? 0 : -EPERM;
}

/** The rights of the real user, as access(2) checks them. */
export function realCredentials(credentials: Credentials): Credentials {
  const { uid: fsuid, gid: fsgid, securebits, permitted, effective } = credentials;
  const held = fsuid === 0 ? permitted : CapabilitySet.none;
  return { ...credentials, fsuid, fsgid, effective: (securebits & SECBIT_NO_SETUID_FIXUP) === 0 ? held : effective };
}
