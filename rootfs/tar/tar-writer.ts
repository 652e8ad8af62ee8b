/** Writes tar archives: ustar headers, with a pax header in front where a field does not fit. */
import { BLOCK, Field, TypeFlag, type TarEntry, type TarKind } from './tar-format.ts';

const TYPES: Readonly<Record<TarKind, string>> = {
  file: TypeFlag.File,
  hardlink: TypeFlag.HardLink,
  symlink: TypeFlag.SymbolicLink,
  character: TypeFlag.CharacterDevice,
  block: TypeFlag.BlockDevice,
  directory: TypeFlag.Directory,
  fifo: TypeFlag.Fifo,
};

const NS_PER_S = 1_000_000_000n;

/** The archive, with the two empty blocks that end it. */
export function writeTar(entries: Iterable<TarEntry>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const entry of entries) appendMember(parts, entry);
  parts.push(new Uint8Array(2 * BLOCK));
  const archive = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
}

function appendMember(parts: Uint8Array[], entry: TarEntry): void {
  const path = entry.kind === 'directory' ? `${entry.path}/` : entry.path;
  const records: [string, string][] = [];
  if (path.length > Field.name[1]) records.push(['path', path]);
  if (entry.target.length > Field.linkname[1]) records.push(['linkpath', entry.target]);
  if (records.length > 0) {
    const body = bytes(records.map(([key, value]) => paxRecord(key, value)).join(''));
    parts.push(header({ ...entry, path: 'pax', target: '' }, TypeFlag.PaxHeader, 'pax', body.length));
    pushPadded(parts, body);
  }
  parts.push(header(entry, TYPES[entry.kind], path, entry.content.length));
  pushPadded(parts, entry.content);
}

function pushPadded(parts: Uint8Array[], content: Uint8Array): void {
  if (content.length === 0) return;
  parts.push(content);
  const rest = content.length % BLOCK;
  if (rest > 0) parts.push(new Uint8Array(BLOCK - rest));
}

function header(entry: TarEntry, type: string, path: string, sizeBytes: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = ([offset, length]: readonly [number, number], value: string): void => {
    block.set(bytes(value.slice(0, length)), offset);
  };
  const octal = (field: readonly [number, number], value: number): void => {
    put(field, `${value.toString(8).padStart(field[1] - 1, '0')}\0`);
  };
  put(Field.name, path);
  octal(Field.mode, entry.permissions);
  octal(Field.uid, entry.owner);
  octal(Field.gid, entry.group);
  octal(Field.size, sizeBytes);
  octal(Field.mtime, Number(entry.modifiedNs / NS_PER_S));
  put(Field.typeflag, type);
  put(Field.linkname, entry.target);
  put(Field.magic, 'ustar\0');
  put(Field.version, '00');
  octal(Field.devmajor, entry.device.major);
  octal(Field.devminor, entry.device.minor);
  put(Field.checksum, '        ');
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(Field.checksum, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** A record counts its own length field: try until it fits. */
function paxRecord(key: string, value: string): string {
  const body = ` ${key}=${value}\n`;
  let length = body.length;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return `${length}${body}`;
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
