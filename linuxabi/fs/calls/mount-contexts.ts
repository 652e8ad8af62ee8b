/** fsopen, fsconfig, fsmount, fspick: a mount made of a type and parameters, step by step. Source: fs/fsopen.c; fs/namespace.c, fsmount. */
import type { GuestAddress } from '../../../cpu/address.ts';
import type { ByteString } from '../../../kernel/byte-string.ts';
import { EBADF, EBUSY, EINVAL, ENODEV, EOPNOTSUPP, EPERM } from '../../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_CLOEXEC } from '../../abi/fcntl.ts';
import * as abi from '../../abi/mount.ts';
import { readCString } from '../../guest-string.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { choice, fd, flags, int, partial, path, pointer, syscall } from '../../syscall.ts';
import { usable } from '../descriptors.ts';
import { flagsOfAttributes } from '../mounting/mount-attributes.ts';
import { MountContext, Phase } from '../mounting/mount-context.ts';
import { isRoot, mayMount } from '../mounting/places.ts';
import { isKnownType } from '../mounting/types.ts';
import { installObject } from './events.ts';
import { installPlace, placeAt } from './mount-trees.ts';

/** Longest name or value of a parameter. */
const TEXT_LIMIT = 256;
const BINARY_LIMIT = 1024 * 1024;

function installContext(thread: LinuxThread, context: MountContext, closes: number): number {
  return installObject(thread, 'fscontext', context, closes !== 0 ? O_CLOEXEC : 0);
}

function fsopen(thread: LinuxThread, name: GuestAddress, openFlags: number): number {
  if (!mayMount(thread)) return -EPERM;
  if ((openFlags & ~abi.FSOPEN_CLOEXEC) !== 0) return -EINVAL;
  const type = readCString(thread.memory, name, TEXT_LIMIT);
  if (type === undefined) return -EINVAL;
  if (!isKnownType(type)) return -ENODEV;
  return installContext(thread, new MountContext(type), openFlags & abi.FSOPEN_CLOEXEC);
}

const PICK_FLAGS = Object.values(abi.fspickNames).reduce((bits, bit) => bits | bit, 0);

function fspick(thread: LinuxThread, dirfd: number, name: ByteString, pickFlags: number): number {
  if (!mayMount(thread)) return -EPERM;
  if ((pickFlags & ~PICK_FLAGS) !== 0) return -EINVAL;
  const noFollow = (pickFlags & abi.FSPICK_SYMLINK_NOFOLLOW) !== 0 ? AT_SYMLINK_NOFOLLOW : 0;
  const empty = (pickFlags & abi.FSPICK_EMPTY_PATH) !== 0 ? AT_EMPTY_PATH : 0;
  const place = placeAt(thread, dirfd, name, noFollow | empty);
  if (typeof place === 'number') return place;
  if (!isRoot(place)) return -EINVAL;
  const { superBlock } = place.mount;
  return installContext(thread, new MountContext(superBlock.server.type, superBlock), pickFlags & abi.FSPICK_CLOEXEC);
}

function contextAt(thread: LinuxThread, fdNumber: number): MountContext | number {
  const description = usable(thread, fdNumber);
  if (typeof description === 'number') return -EBADF;
  return description.file instanceof MountContext ? description.file : -EINVAL;
}

interface Parameter {
  readonly command: number;
  readonly key: GuestAddress;
  readonly value: GuestAddress;
  readonly extra: number;
}

/** Whether a command has the arguments that it takes; undefined for what is no command. Source: fs/fsopen.c, fsconfig. */
function isWellFormed({ command, key, value, extra }: Parameter): boolean | undefined {
  const [hasKey, hasValue] = [(key as number) !== 0, (value as number) !== 0];
  switch (command) {
    case abi.FSCONFIG_SET_FLAG:
      return hasKey && !hasValue && extra === 0;
    case abi.FSCONFIG_SET_STRING:
      return hasKey && hasValue && extra === 0;
    case abi.FSCONFIG_SET_BINARY:
      return hasKey && hasValue && extra > 0 && extra <= BINARY_LIMIT;
    case abi.FSCONFIG_SET_PATH:
    case abi.FSCONFIG_SET_PATH_EMPTY:
      return hasKey && hasValue && (extra === AT_FDCWD || extra >= 0);
    case abi.FSCONFIG_SET_FD:
      return hasKey && !hasValue && extra >= 0;
    case abi.FSCONFIG_CMD_CREATE:
    case abi.FSCONFIG_CMD_RECONFIGURE:
      return !hasKey && !hasValue && extra === 0;
    default:
      return undefined;
  }
}

function fsconfig(
  thread: LinuxThread,
  fdNumber: number,
  command: number,
  key: GuestAddress,
  value: GuestAddress,
  extra: number,
): number {
  if (fdNumber < 0) return -EINVAL;
  const wellFormed = isWellFormed({ command, key, value, extra });
  if (wellFormed !== true) return wellFormed === undefined ? -EOPNOTSUPP : -EINVAL;
  const context = contextAt(thread, fdNumber);
  if (typeof context === 'number') return context;
  if (command === abi.FSCONFIG_CMD_CREATE) return context.create(thread);
  if (command === abi.FSCONFIG_CMD_RECONFIGURE) return context.change(thread);
  const name = readCString(thread.memory, key, TEXT_LIMIT);
  if (name === undefined) return -EINVAL;
  if (command === abi.FSCONFIG_SET_FLAG) return context.set(thread, name, undefined);
  // None of the types here takes a path, a descriptor or bytes.
  if (command !== abi.FSCONFIG_SET_STRING) return -EINVAL;
  const text = readCString(thread.memory, value, TEXT_LIMIT);
  return text === undefined ? -EINVAL : context.set(thread, name, text);
}

function fsmount(thread: LinuxThread, fdNumber: number, mountFlags: number, attributes: number): number {
  if (!mayMount(thread)) return -EPERM;
  if ((mountFlags & ~abi.FSMOUNT_CLOEXEC) !== 0) return -EINVAL;
  const own = flagsOfAttributes(attributes);
  if (own < 0) return own;
  const context = contextAt(thread, fdNumber);
  if (typeof context === 'number') return context;
  const { tree, source } = context;
  if (!context.hasTree) return -EINVAL;
  if (tree === undefined || context.phase !== Phase.AwaitingMount) return -EBUSY;
  const place = thread.process.fs.system.mountDetached({ ...tree, source: source ?? 'none', flags: own });
  const { superBlock } = place.mount;
  if (context.isReadOnly && superBlock.mounts.size === 1) superBlock.isReadOnly = true;
  context.mounted(superBlock);
  return installPlace(thread, place, 'detached', (mountFlags & abi.FSMOUNT_CLOEXEC) !== 0 ? O_CLOEXEC : 0);
}

export const mountContextCalls = [
  syscall(430, 'fsopen', [pointer('fsname'), flags('flags', abi.fsopenNames)], fsopen),
  syscall(
    431,
    'fsconfig',
    [fd('fd'), choice('cmd', abi.fsconfigNames), pointer('key'), pointer('value'), int('aux')],
    fsconfig,
    partial('parameters that are paths or descriptors: no type here has any'),
  ),
  syscall(
    432,
    'fsmount',
    [fd('fd'), flags('flags', abi.fsmountNames), flags('attr_flags', abi.mountAttributeNames)],
    fsmount,
  ),
  syscall(433, 'fspick', [fd('dirfd'), path('path'), flags('flags', abi.fspickNames)], fspick),
];
