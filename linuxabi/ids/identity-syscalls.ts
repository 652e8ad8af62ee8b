/** User and group ids. Source: credentials(7), setuid(2), setreuid(2), setresuid(2), setfsuid(2), setgroups(2). */
import { guestAddress } from '../../cpu/address.ts';
import { EINVAL, EPERM } from '../abi/errno.ts';
import { CAP_SETGID, CAP_SETUID } from '../abi/capability.ts';
import { capable, withFileUserId, withUserIds } from '../process/credentials.ts';
import type { Credentials } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { int, pointer, syscall, uint } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';

/** (uid_t) −1: leave as it is. */
const KEEP = 0xffffffff;
const NGROUPS_MAX = 65_536;

/** The four ids of one kind, under the names that users and groups have in common. */
interface Ids {
  readonly real: number;
  readonly effective: number;
  readonly saved: number;
}

interface Kind {
  /** Allows any change. */
  readonly capability: number;
  get(credentials: Credentials): Ids;
  set(credentials: Credentials, ids: Ids): Credentials;
}

const user: Kind = {
  capability: CAP_SETUID,
  get: ({ uid, euid, suid }) => ({ real: uid, effective: euid, saved: suid }),
  set: (credentials, { real, effective, saved }) =>
    withUserIds(credentials, { uid: real, euid: effective, suid: saved }),
};

const group: Kind = {
  capability: CAP_SETGID,
  get: ({ gid, egid, sgid }) => ({ real: gid, effective: egid, saved: sgid }),
  set: (credentials, { real, effective, saved }) => ({
    ...credentials,
    gid: real,
    egid: effective,
    sgid: saved,
    fsgid: effective,
  }),
};

function apply(thread: LinuxThread, kind: Kind, ids: Ids): number {
  commit(thread, kind.set(thread.process.credentials, ids));
  return 0;
}

/**
 * A change of identity takes away the right to be traced, and the wish to die with the parent. Source: kernel/cred.c,
 * commit_creds.
 */
export function commit(thread: LinuxThread, after: Credentials): void {
  const { process } = thread;
  const before = process.credentials;
  process.credentials = after;
  const sameIds =
    before.euid === after.euid &&
    before.egid === after.egid &&
    before.fsuid === after.fsuid &&
    before.fsgid === after.fsgid;
  if (sameIds && after.permitted.isWithin(before.permitted)) return;
  process.dumpable = thread.machine.settings.number('fs/suid_dumpable');
  thread.parentDeathSignal = 0;
}

function setId(thread: LinuxThread, kind: Kind, id: number): number {
  const { credentials } = thread.process;
  const ids = kind.get(credentials);
  if (id === KEEP) return -EINVAL;
  if (capable(credentials, kind.capability)) return apply(thread, kind, { real: id, effective: id, saved: id });
  if (id !== ids.real && id !== ids.saved) return -EPERM;
  return apply(thread, kind, { ...ids, effective: id });
}

function setReId(thread: LinuxThread, kind: Kind, real: number, effective: number): number {
  const { credentials } = thread.process;
  const ids = kind.get(credentials);
  if (!capable(credentials, kind.capability)) {
    if (real !== KEEP && real !== ids.real && real !== ids.effective) return -EPERM;
    if (effective !== KEEP && effective !== ids.real && effective !== ids.effective && effective !== ids.saved)
      return -EPERM;
  }
  const newReal = real === KEEP ? ids.real : real;
  const newEffective = effective === KEEP ? ids.effective : effective;
  const savedFollows = real !== KEEP || (effective !== KEEP && effective !== ids.real);
  return apply(thread, kind, {
    real: newReal,
    effective: newEffective,
    saved: savedFollows ? newEffective : ids.saved,
  });
}

function setResId(thread: LinuxThread, kind: Kind, real: number, effective: number, saved: number): number {
  const { credentials } = thread.process;
  const ids = kind.get(credentials);
  const allowed = (id: number): boolean =>
    id === KEEP || id === ids.real || id === ids.effective || id === ids.saved || capable(credentials, kind.capability);
  if (!allowed(real) || !allowed(effective) || !allowed(saved)) return -EPERM;
  return apply(thread, kind, {
    real: real === KEEP ? ids.real : real,
    effective: effective === KEEP ? ids.effective : effective,
    saved: saved === KEEP ? ids.saved : saved,
  });
}

function getResId(thread: LinuxThread, kind: Kind, real: number, effective: number, saved: number): number {
  const ids = kind.get(thread.process.credentials);
  thread.memory.writeU32(guestAddress(real), ids.real);
  thread.memory.writeU32(guestAddress(effective), ids.effective);
  thread.memory.writeU32(guestAddress(saved), ids.saved);
  return 0;
}

function getgroups(thread: LinuxThread, count: number, list: number): number {
  const { groups } = thread.process.credentials;
  if (count < 0) return -EINVAL;
  if (count === 0) return groups.length;
  if (count < groups.length) return -EINVAL;
  groups.forEach((gid, index) => thread.memory.writeU32(guestAddress(list + index * 4), gid));
  return groups.length;
}

function setgroups(thread: LinuxThread, count: number, list: number): number {
  const { process } = thread;
  if (!capable(process.credentials, CAP_SETGID)) return -EPERM;
  if (count < 0 || count > NGROUPS_MAX) return -EINVAL;
  const groups: number[] = [];
  for (let i = 0; i < count; i++) groups.push(thread.memory.readU32(guestAddress(list + i * 4)));
  process.credentials = { ...process.credentials, groups: groups.sort((a, b) => a - b) };
  return 0;
}

/** Answers the old id whatever happens. */
function setfsuid(thread: LinuxThread, id: number): number {
  const { process } = thread;
  const { uid, euid, suid, fsuid } = process.credentials;
  const allowed = [uid, euid, suid, fsuid].includes(id) || (capable(process.credentials, CAP_SETUID) && id !== KEEP);
  if (allowed && id !== fsuid) commit(thread, withFileUserId(process.credentials, id));
  return fsuid;
}

function setfsgid(thread: LinuxThread, id: number): number {
  const { process } = thread;
  const { gid, egid, sgid, fsgid } = process.credentials;
  const allowed = [gid, egid, sgid, fsgid].includes(id) || (capable(process.credentials, CAP_SETGID) && id !== KEEP);
  if (allowed && id !== fsgid) commit(thread, { ...process.credentials, fsgid: id });
  return fsgid;
}

export const identitySyscalls: readonly SyscallDefinition[] = [
  syscall(102, 'getuid', [], ({ process }) => process.credentials.uid),
  syscall(104, 'getgid', [], ({ process }) => process.credentials.gid),
  syscall(107, 'geteuid', [], ({ process }) => process.credentials.euid),
  syscall(108, 'getegid', [], ({ process }) => process.credentials.egid),
  syscall(105, 'setuid', [uint('uid')], (thread, id) => setId(thread, user, id)),
  syscall(106, 'setgid', [uint('gid')], (thread, id) => setId(thread, group, id)),
  syscall(113, 'setreuid', [uint('ruid'), uint('euid')], (thread, r, e) => setReId(thread, user, r, e)),
  syscall(114, 'setregid', [uint('rgid'), uint('egid')], (thread, r, e) => setReId(thread, group, r, e)),
  syscall(117, 'setresuid', [uint('ruid'), uint('euid'), uint('suid')], (thread, r, e, s) =>
    setResId(thread, user, r, e, s),
  ),
  syscall(118, 'getresuid', [pointer('ruid'), pointer('euid'), pointer('suid')], (thread, r, e, s) =>
    getResId(thread, user, r, e, s),
  ),
  syscall(119, 'setresgid', [uint('rgid'), uint('egid'), uint('sgid')], (thread, r, e, s) =>
    setResId(thread, group, r, e, s),
  ),
  syscall(120, 'getresgid', [pointer('rgid'), pointer('egid'), pointer('sgid')], (thread, r, e, s) =>
    getResId(thread, group, r, e, s),
  ),
  syscall(115, 'getgroups', [int('size'), pointer('list')], getgroups),
  syscall(116, 'setgroups', [int('size'), pointer('list')], setgroups),
  syscall(122, 'setfsuid', [uint('fsuid')], setfsuid),
  syscall(123, 'setfsgid', [uint('fsgid')], setfsgid),
];
