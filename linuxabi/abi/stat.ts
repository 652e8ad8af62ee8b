/** Source: include/uapi/linux/stat.h, arch/x86/include/uapi/asm/stat.h, include/uapi/linux/dirent.h, statfs.h. */
export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;
export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_IXGRP = 0o010;
export const S_ISVTX = 0o1000;

/** Offsets of struct stat (x86-64). */
export const statLayout = {
  st_dev: 0,
  st_ino: 8,
  st_nlink: 16,
  st_mode: 24,
  st_uid: 28,
  st_gid: 32,
  st_rdev: 40,
  st_size: 48,
  st_blksize: 56,
  st_blocks: 64,
  st_atim: 72,
  st_mtim: 88,
  st_ctim: 104,
  size: 144,
} as const;

/** Offsets of struct statx. */
export const statxLayout = {
  stx_mask: 0,
  stx_blksize: 4,
  stx_attributes: 8,
  stx_nlink: 16,
  stx_uid: 20,
  stx_gid: 24,
  stx_mode: 28,
  stx_ino: 32,
  stx_size: 40,
  stx_blocks: 48,
  stx_attributes_mask: 56,
  stx_atime: 64,
  stx_btime: 80,
  stx_ctime: 96,
  stx_mtime: 112,
  stx_rdev_major: 128,
  stx_rdev_minor: 132,
  stx_dev_major: 136,
  stx_dev_minor: 140,
  stx_mnt_id: 144,
  size: 256,
} as const;

export const STATX_ATTR_AUTOMOUNT = 0x1000;
export const STATX_ATTR_MOUNT_ROOT = 0x2000;
export const STATX_ATTR_DAX = 0x20_0000;
export const STATX_BASIC_STATS = 0x7ff;
export const STATX_BTIME = 0x800;
export const STATX_MNT_ID = 0x1000;
export const STATX__RESERVED = 0x80000000;

/** Offsets of struct statfs (x86-64). */
export const statfsLayout = {
  f_type: 0,
  f_bsize: 8,
  f_blocks: 16,
  f_bfree: 24,
  f_bavail: 32,
  f_files: 40,
  f_ffree: 48,
  f_fsid: 56,
  f_namelen: 64,
  f_frsize: 72,
  f_flags: 80,
  size: 120,
} as const;

export const SYSFS_MAGIC = 0x62656572;
export const ST_RDONLY = 1;
export const ST_NOSUID = 2;
export const ST_NODEV = 4;
export const ST_NOEXEC = 8;
export const ST_NOATIME = 0x400;
export const ST_NODIRATIME = 0x800;
export const ST_NOSYMFOLLOW = 0x2000;
export const ST_VALID = 0x20;
export const ST_RELATIME = 0x1000;

/** Offsets of struct linux_dirent64 and of the older linux_dirent, whose type byte is the record's last. */
export const dirent64Layout = { d_ino: 0, d_off: 8, d_reclen: 16, d_type: 18, d_name: 19 } as const;
export const direntLayout = { d_ino: 0, d_off: 8, d_reclen: 16, d_name: 18 } as const;

export const DT_FIFO = 1;
export const DT_CHR = 2;
export const DT_DIR = 4;
export const DT_BLK = 6;
export const DT_REG = 8;
export const DT_LNK = 10;
export const DT_SOCK = 12;

export const UTIME_NOW = 0x3fffffff;
export const UTIME_OMIT = 0x3ffffffe;

/** Magic numbers of file systems. Source: include/uapi/linux/magic.h. */
export const TMPFS_MAGIC = 0x01021994;
export const PROC_SUPER_MAGIC = 0x9fa0;
export const DEVPTS_SUPER_MAGIC = 0x1cd1;
export const EXT4_SUPER_MAGIC = 0xef53;
export const OVERLAYFS_SUPER_MAGIC = 0x794c7630;
export const SOCKFS_MAGIC = 0x534f434b;
export const MQUEUE_MAGIC = 0x19800202;
export const PIPEFS_MAGIC = 0x50495045;

export const XATTR_NAME_MAX = 255;
export const XATTR_CREATE = 1;
export const XATTR_REPLACE = 2;
