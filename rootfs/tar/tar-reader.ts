/**
 * Reads tar archives: ustar, pax and GNU long names. Only headers are read; contents stay where they are. Whatever is wrong with
 * an archive is a TarError with the offset; nothing is skipped in silence.
 */
import { stringFromBytes } from '../../kernel/byte-string.ts';
import { bytesOf, EMPTY_SOURCE, PartSource, type ByteSource } from '../byte-source.ts';
import { BLOCK, Field, TypeFlag, type TarEntry, type TarKind } from './tar-format.ts';

export class TarError extends Error {
  override name = 'TarError';
}

const KINDS: Readonly<Record<string, TarKind>> = {
  [TypeFlag.File]: 'file',
  [TypeFlag.OldFile]: 'file',
  [TypeFlag.Contiguous]: 'file',
  [TypeFlag.HardLink]: 'hardlink',
  [TypeFlag.SymbolicLink]: 'symlink',
  [TypeFlag.CharacterDevice]: 'character',
  [TypeFlag.BlockDevice]: 'block',
  [TypeFlag.Directory]: 'directory',
  [TypeFlag.Fifo]: 'fifo',
};

type Records = Readonly<Record<string, string>>;
const NO_RECORDS: Records = {};

const NS_PER_S = 1_000_000_000n;

export function* readTar(archive: ByteSource): Generator<TarEntry> {
  let global = NO_RECORDS;
  let local = NO_RECORDS;
  const header = new Uint8Array(BLOCK);
  for (let at = 0; at + BLOCK <= archive.sizeBytes;) {
    archive.read(at, header);
    if (header[0] === 0 && header.every((byte) => byte === 0)) return;
    checkSum(header, at);
    const type = text(header, Field.typeflag) || TypeFlag.OldFile;
    const declared = number(header, Field.size);
    const pax = local === NO_RECORDS ? global : { ...global, ...local };
    const sizeBytes = KINDS[type] !== undefined && pax['size'] !== undefined ? Number(pax['size']) : declared;
    const start = at + BLOCK;
    if (start + sizeBytes > archive.sizeBytes) throw new TarError(`archive ends inside the member at offset ${at}`);
    const content = new PartSource(archive, start, sizeBytes);
    at = start + Math.ceil(sizeBytes / BLOCK) * BLOCK;
    if (type === TypeFlag.PaxGlobal) global = { ...global, ...paxRecords(bytesOf(content), start) };
    else if (type === TypeFlag.PaxHeader) local = { ...local, ...paxRecords(bytesOf(content), start) };
    else if (type === TypeFlag.GnuLongName) local = { ...local, path: cString(bytesOf(content)) };
    else if (type === TypeFlag.GnuLongLink) local = { ...local, linkpath: cString(bytesOf(content)) };
    else {
      const entry = member(header, type, content, pax);
      if (entry !== undefined) yield entry;
      local = NO_RECORDS;
    }
  }
}

function member(
  header: Uint8Array,
  type: string,
  content: ByteSource,
  pax: Record<string, string>,
): TarEntry | undefined {
  const prefix = text(header, Field.magic).startsWith('ustar') && header[262] === 0 ? text(header, Field.prefix) : '';
  const shortName = text(header, Field.name);
  const name = pax['path'] ?? (prefix === '' ? shortName : `${prefix}/${shortName}`);
  // Before ustar a directory was a file whose name ends with a slash.
  const kind = KINDS[type] === 'file' && name.endsWith('/') ? 'directory' : KINDS[type];
  // Vendor types (GNU volume labels, …) hold no file.
  if (kind === undefined) return undefined;
  const target = pax['linkpath'] ?? text(header, Field.linkname);
  return {
    kind,
    path: cleanPath(name),
    permissions: number(header, Field.mode) & 0o7777,
    owner: Number(pax['uid'] ?? number(header, Field.uid)),
    group: Number(pax['gid'] ?? number(header, Field.gid)),
    modifiedNs: pax['mtime'] === undefined ? BigInt(number(header, Field.mtime)) * NS_PER_S : decimalNs(pax['mtime']),
    target: kind === 'hardlink' ? cleanPath(target) : target,
    device: { major: number(header, Field.devmajor), minor: number(header, Field.devminor) },
    content: kind === 'file' ? content : EMPTY_SOURCE,
  };
}

/** "./a//b/" → "a/b". Components ".." are refused: an archive has no business outside itself. */
function cleanPath(path: string): string {
  if (/^[^./][^/]*(\/[^./][^/]*)*$/.test(path)) return path;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new TarError(`member '${path}' leads out of the archive`);
  return parts.join('/');
}

/** Up to the first NUL. */
function text(header: Uint8Array, [offset, length]: readonly [number, number]): string {
  const end = header.indexOf(0, offset);
  return stringFromBytes(header.subarray(offset, end < 0 || end > offset + length ? offset + length : end));
}

function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return stringFromBytes(end < 0 ? bytes : bytes.subarray(0, end));
}

const ZERO = 0x30;
const BLANK = 0x20;

/** Octal digits among blanks and NULs, or GNU's base-256 when the top bit is set. */
function number(header: Uint8Array, [offset, length]: readonly [number, number]): number {
  const first = header[offset]!;
  const isBinary = (first & 0x80) !== 0;
  let value = isBinary ? first & 0x7f : 0;
  for (let at = isBinary ? offset + 1 : offset; at < offset + length; at++) {
    const byte = header[at]!;
    if (isBinary) value = value * 256 + byte;
    else if (byte >= ZERO && byte < ZERO + 8) value = value * 8 + byte - ZERO;
    else if (byte !== 0 && byte !== BLANK)
      throw new TarError(`${JSON.stringify(octal(header, offset, length))} is not an octal number`);
  }
  return value;
}

function octal(header: Uint8Array, offset: number, length: number): string {
  return stringFromBytes(header.subarray(offset, offset + length));
}

function checkSum(header: Uint8Array, at: number): void {
  const [start, length] = Field.checksum;
  // The field itself counts as blanks.
  let sum = length * BLANK;
  for (let i = 0; i < start; i++) sum += header[i]!;
  for (let i = start + length; i < BLOCK; i++) sum += header[i]!;
  // Whatever stands there when it is no archive at all: NaN is no sum.
  if (sum !== Number.parseInt(octal(header, start, length).replaceAll('\0', '').trim(), 8))
    throw new TarError(`not a tar archive: the header at offset ${at} has a wrong checksum`);
}

/** "LENGTH KEY=VALUE\n" … Source: pax(1), "pax Extended Header". */
function paxRecords(content: Uint8Array, at: number): Record<string, string> {
  const records: Record<string, string> = {};
  for (let offset = 0; offset < content.length;) {
    const space = content.indexOf(0x20, offset);
    const length = Number(stringFromBytes(content.subarray(offset, space)));
    if (space < 0 || !Number.isInteger(length) || length < 5 || offset + length > content.length) {
      throw new TarError(`broken pax header at offset ${at + offset}`);
    }
    const record = stringFromBytes(content.subarray(space + 1, offset + length - 1));
    const equals = record.indexOf('=');
    records[record.slice(0, equals)] = record.slice(equals + 1);
    offset += length;
  }
  return records;
}

/** "1700000000.25" → nanoseconds. */
function decimalNs(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return BigInt(whole) * NS_PER_S + BigInt(fraction.padEnd(9, '0').slice(0, 9));
}
