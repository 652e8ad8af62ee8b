/**
 * Who a process is: user and group ids in Linux's four kinds, supplementary groups, capabilities. A change makes new credentials:
 * they are shared by whoever looked at them. Source: credentials(7), capabilities(7); security/commoncap.c.
 */
import {
  CAP_CHOWN,
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
  CAP_FSETID,
  CAP_LINUX_IMMUTABLE,
  CAP_MAC_OVERRIDE,
  CAP_MKNOD,
  CAP_SYS_ADMIN,
  SECBIT_KEEP_CAPS,
  SECBIT_NOROOT,
  SECBIT_NO_SETUID_FIXUP,
} from '../abi/capability.ts';
import { CapabilitySet } from './capability-set.ts';

export interface Credentials {
  /** Real, effective, saved and file-system ids. */
  readonly uid: number;
  readonly euid: number;
  readonly suid: number;
  readonly fsuid: number;
  readonly gid: number;
  readonly egid: number;
  readonly sgid: number;
  readonly fsgid: number;
  /** Supplementary groups, sorted. */
  readonly groups: readonly number[];
  readonly permitted: CapabilitySet;
  readonly effective: CapabilitySet;
  readonly inheritable: CapabilitySet;
  readonly bounding: CapabilitySet;
  readonly ambient: CapabilitySet;
  /** Source: prctl(2), PR_SET_SECUREBITS. */
  readonly securebits: number;
}

export function credentialsOf(uid: number, gid: number, groups: readonly number[] = []): Credentials {
  const held = uid === 0 ? CapabilitySet.all : CapabilitySet.none;
  return {
    uid,
    euid: uid,
    suid: uid,
    fsuid: uid,
    gid,
    egid: gid,
    sgid: gid,
    fsgid: gid,
    groups,
    permitted: held,
    effective: held,
    inheritable: CapabilitySet.none,
    bounding: CapabilitySet.all,
    ambient: CapabilitySet.none,
    securebits: 0,
  };
}

/** Whether the capability is in force. */
export function capable(credentials: Credentials, capability: number): boolean {
  return credentials.effective.has(capability);
}

/** Administration at large: what Linux asks CAP_SYS_ADMIN for. */
export function isPrivileged(credentials: Credentials): boolean {
  return capable(credentials, CAP_SYS_ADMIN);
}

/** Member of the group for permission checks on files: fsgid or a supplementary group. */
export function inGroup(credentials: Credentials, group: number): boolean {
  return credentials.fsgid === group || credentials.groups.includes(group);
}

/** What a change of user ids does to capabilities. Source: security/commoncap.c, cap_emulate_setxuid. */
export function withUserIds(
  before: Credentials,
  ids: { readonly uid: number; readonly euid: number; readonly suid: number },
): Credentials {
  const after = { ...before, ...ids, fsuid: ids.euid };
  if ((before.securebits & SECBIT_NO_SETUID_FIXUP) !== 0) return after;
  const wasRoot = before.uid === 0 || before.euid === 0 || before.suid === 0;
  const isRoot = after.uid === 0 || after.euid === 0 || after.suid === 0;
  if (wasRoot && !isRoot) {
    after.ambient = CapabilitySet.none;
    if ((before.securebits & SECBIT_KEEP_CAPS) === 0) after.permitted = CapabilitySet.none;
    after.effective = after.effective.and(after.permitted);
  }
  if (before.euid === 0 && after.euid !== 0) after.effective = CapabilitySet.none;
  if (before.euid !== 0 && after.euid === 0) after.effective = after.permitted;
  return after;
}

/** Source: include/linux/capability.h, CAP_FS_MASK. */
const FILE_CAPABILITIES = CapabilitySet.of(
  CAP_CHOWN,
  CAP_MKNOD,
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
  CAP_FSETID,
  CAP_MAC_OVERRIDE,
  CAP_LINUX_IMMUTABLE,
);

/** setfsuid: the capabilities over files come and go with user 0. Source: security/commoncap.c, cap_task_fix_setuid. */
export function withFileUserId(before: Credentials, fsuid: number): Credentials {
  const after = { ...before, fsuid };
  if ((before.securebits & SECBIT_NO_SETUID_FIXUP) !== 0) return after;
  if (before.fsuid === 0 && fsuid !== 0) after.effective = before.effective.without(FILE_CAPABILITIES);
  if (before.fsuid !== 0 && fsuid === 0) {
    after.effective = before.effective.or(before.permitted.and(FILE_CAPABILITIES));
  }
  return after;
}

/**
 * execve, for a file without capabilities of its own: root gets all that are bounded, others what is ambient.
 * Source: capabilities(7), "Transformation of capabilities during execve()"; security/commoncap.c, cap_bprm_creds_from_file.
 */
export function afterExec(before: Credentials, euid: number, egid: number): Credentials {
  const setsId = euid !== before.euid || egid !== before.egid;
  const rootCounts = (before.securebits & SECBIT_NOROOT) === 0;
  const asRoot = rootCounts && (euid === 0 || before.uid === 0);
  const ambient = setsId ? CapabilitySet.none : before.ambient;
  const gained = asRoot ? before.bounding.or(before.inheritable) : CapabilitySet.none;
  const permitted = gained.or(ambient);
  return {
    ...before,
    euid,
    suid: euid,
    fsuid: euid,
    egid,
    sgid: egid,
    fsgid: egid,
    permitted,
    effective: rootCounts && euid === 0 ? permitted : ambient,
    ambient,
    securebits: before.securebits & ~SECBIT_KEEP_CAPS,
  };
}
