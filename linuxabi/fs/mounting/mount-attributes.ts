/** MOUNT_ATTR_ bits as flags of a mount. Source: mount_setattr(2); fs/namespace.c, attr_flags_to_mnt_flags, build_mount_kattr. */
import { EINVAL } from '../../abi/errno.ts';
import * as abi from '../../abi/mount.ts';

const flagOf: readonly (readonly [attribute: number, flag: number])[] = [
  [abi.MOUNT_ATTR_RDONLY, abi.MS_RDONLY],
  [abi.MOUNT_ATTR_NOSUID, abi.MS_NOSUID],
  [abi.MOUNT_ATTR_NODEV, abi.MS_NODEV],
  [abi.MOUNT_ATTR_NOEXEC, abi.MS_NOEXEC],
  [abi.MOUNT_ATTR_NODIRATIME, abi.MS_NODIRATIME],
  [abi.MOUNT_ATTR_NOSYMFOLLOW, abi.MS_NOSYMFOLLOW],
];
const TIME_FLAGS = abi.MS_RELATIME | abi.MS_NOATIME;
/** All that a mount can be made with. */
export const MOUNT_ATTRIBUTES = flagOf.reduce((bits, [attribute]) => bits | attribute, abi.MOUNT_ATTR__ATIME);

/** How access times are kept, as flags; −EINVAL for what is no way. */
function timeFlags(attributes: number): number {
  switch (attributes & abi.MOUNT_ATTR__ATIME) {
    case abi.MOUNT_ATTR_RELATIME:
      return abi.MS_RELATIME;
    case abi.MOUNT_ATTR_NOATIME:
      return abi.MS_NOATIME;
    case abi.MOUNT_ATTR_STRICTATIME:
      return 0;
    default:
      return -EINVAL;
  }
}

function plainFlags(attributes: number): number {
  return flagOf.reduce((flags, [attribute, flag]) => flags | ((attributes & attribute) !== 0 ? flag : 0), 0);
}

/** Flags of a new mount, or −EINVAL. */
export function flagsOfAttributes(attributes: number): number {
  const times = timeFlags(attributes);
  return times < 0 || (attributes & ~MOUNT_ATTRIBUTES) !== 0 ? -EINVAL : plainFlags(attributes) | times;
}

export interface FlagChange {
  readonly set: number;
  readonly clear: number;
}

/** What mount_setattr asks for, or −EINVAL. How times are kept is one choice: it is cleared as a whole before it is set. */
export function flagChange(set: number, clear: number): FlagChange | number {
  if (((set | clear) & ~MOUNT_ATTRIBUTES) !== 0) return -EINVAL;
  const clearsTimes = clear & abi.MOUNT_ATTR__ATIME;
  if (clearsTimes === 0)
    return (set & abi.MOUNT_ATTR__ATIME) !== 0 ? -EINVAL : { set: plainFlags(set), clear: plainFlags(clear) };
  const times = timeFlags(set);
  if (clearsTimes !== abi.MOUNT_ATTR__ATIME || times < 0) return -EINVAL;
  return { set: plainFlags(set) | times, clear: plainFlags(clear) | TIME_FLAGS };
}
