/** The tar format: header fields shared by reader and writer. Source: tar(5), POSIX.1-2001 pax. */
import type { ByteSource } from '../byte-source.ts';

export const BLOCK = 512;

/** Header fields as [offset, length]. */
export const Field = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeflag: [156, 1],
  linkname: [157, 100],
  magic: [257, 6],
  version: [263, 2],
  devmajor: [329, 8],
  devminor: [337, 8],
  prefix: [345, 155],
} as const;

export const TypeFlag = {
  File: '0',
  OldFile: '\0',
  HardLink: '1',
  SymbolicLink: '2',
  CharacterDevice: '3',
  BlockDevice: '4',
  Directory: '5',
  Fifo: '6',
  Contiguous: '7',
  PaxHeader: 'x',
  PaxGlobal: 'g',
  GnuLongName: 'L',
  GnuLongLink: 'K',
} as const;

export type TarKind = 'file' | 'hardlink' | 'symlink' | 'character' | 'block' | 'directory' | 'fifo';

/** One member of an archive. Names and link targets are ByteStrings. */
export interface TarEntry {
  readonly kind: TarKind;
  /** Without leading "./" and "/", without trailing "/": "" is the root itself. */
  readonly path: string;
  readonly permissions: number;
  readonly owner: number;
  readonly group: number;
  /** Nanoseconds since the epoch. */
  readonly modifiedNs: bigint;
  /** Target of a link: as written for a symlink, an archive path for a hard link. */
  readonly target: string;
  readonly device: { readonly major: number; readonly minor: number };
  /** Content of a file: where it lies in the archive, not yet read. */
  readonly content: ByteSource;
}
