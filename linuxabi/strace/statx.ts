/** statx: its flags, its mask and its structure. Source: statx(2), include/uapi/linux/stat.h. */
import * as fcntl from '../abi/fcntl.ts';
import * as stat from '../abi/stat.ts';
import { entry, filled, flagsOf, hexOf, i64, octalOf, u32, u64 } from './show.ts';
import { modeText } from './structs.ts';

const SYNC_TYPES: Readonly<Record<number, string>> = {
  0: 'AT_STATX_SYNC_AS_STAT',
  0x2000: 'AT_STATX_FORCE_SYNC',
  0x4000: 'AT_STATX_DONT_SYNC',
};
const otherFlags = {
  AT_SYMLINK_NOFOLLOW: fcntl.AT_SYMLINK_NOFOLLOW,
  AT_NO_AUTOMOUNT: fcntl.AT_NO_AUTOMOUNT,
  AT_EMPTY_PATH: fcntl.AT_EMPTY_PATH,
};

/** How to synchronise comes first, always named. */
export const statxFlags = entry((call, index) => {
  const value = call.int(index);
  const sync = SYNC_TYPES[value & fcntl.AT_STATX_SYNC_TYPE] ?? hexOf(value & fcntl.AT_STATX_SYNC_TYPE);
  const rest = flagsOf(value & ~fcntl.AT_STATX_SYNC_TYPE, otherFlags, '');
  return [sync, rest].filter(Boolean).join('|');
});

/** Whole sets before their members, as strace tries them. */
export const statxMasks = {
  STATX_ALL: 0xfff,
  STATX_BASIC_STATS: stat.STATX_BASIC_STATS,
  STATX_TYPE: 1,
  STATX_MODE: 2,
  STATX_NLINK: 4,
  STATX_UID: 8,
  STATX_GID: 16,
  STATX_ATIME: 32,
  STATX_MTIME: 64,
  STATX_CTIME: 128,
  STATX_INO: 256,
  STATX_SIZE: 512,
  STATX_BLOCKS: 1024,
  STATX_BTIME: stat.STATX_BTIME,
  STATX_MNT_ID: stat.STATX_MNT_ID,
};
const attributes = {
  STATX_ATTR_COMPRESSED: 4,
  STATX_ATTR_IMMUTABLE: 16,
  STATX_ATTR_APPEND: 32,
  STATX_ATTR_NODUMP: 64,
  STATX_ATTR_ENCRYPTED: 0x800,
  STATX_ATTR_AUTOMOUNT: 0x1000,
  STATX_ATTR_MOUNT_ROOT: 0x2000,
  STATX_ATTR_VERITY: 0x100000,
  STATX_ATTR_DAX: 0x200000,
};

const STATX_SIZE = 256;
const Offset = { mask: 0, attributes: 8, mode: 28, size: 40 } as const;

export const statxOut = filled(STATX_SIZE, (view) => {
  const mode = view.getUint16(Offset.mode, true);
  const parts = [
    `stx_mask=${flagsOf(u32(view, Offset.mask), statxMasks)}`,
    `stx_attributes=${flagsOf(u64(view, Offset.attributes), attributes)}`,
    `stx_mode=${mode === 0 ? octalOf(0) : modeText(mode)}`,
    `stx_size=${i64(view, Offset.size)}`,
  ];
  return `{${parts.join(', ')}, ...}`;
});
