/** Who a process is: user and group ids in Linux's four kinds, supplementary groups, and the privilege derived from them. */
export interface Credentials {
  /** Real, effective, saved and file-system ids. */
  uid: number;
  euid: number;
  suid: number;
  fsuid: number;
  gid: number;
  egid: number;
  sgid: number;
  fsgid: number;
  /** Supplementary groups, sorted. */
  groups: readonly number[];
}

export function credentialsOf(uid: number, gid: number, groups: readonly number[] = []): Credentials {
  return { uid, euid: uid, suid: uid, fsuid: uid, gid, egid: gid, sgid: gid, fsgid: gid, groups };
}

/** Privilege of the effective user: every capability of Linux for root, none for others (see README, Provisional). */
export function isPrivileged(credentials: Credentials): boolean {
  return credentials.euid === 0;
}

/** Member of the group for permission checks on files: fsgid or a supplementary group. */
export function inGroup(credentials: Credentials, group: number): boolean {
  return credentials.fsgid === group || credentials.groups.includes(group);
}
