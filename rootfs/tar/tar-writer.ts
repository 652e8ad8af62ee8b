/** Writes tar archives: ustar headers, with a pax header in front where a field does not fit. */
import { concatenate } from '../../kernel/concatenate.ts';
import { MemorySource, type ByteSource } from '../byte-source.ts';
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
/** Largest values of fields of 8 and of 12 bytes, the last a zero. */
const MAX_SHORT_OCTAL = 0o7777777;
const MAX_LONG_OCTAL = 0o77777777777;

/** Contents are copied through a buffer of this size. */
const COPY_SIZE = 1024 * 1024;

/** The archive, with the two empty blocks that end it, in memory. */
export function writeTar(entries: Iterable<TarEntry>): Uint8Array {
  return concatenate(Array.from(archiveParts(entries), (part) => Uint8Array.from(part)));
}

/** Each part is good until the next is asked for. */
export function* archiveParts(entries: Iterable<TarEntry>): Generator<Uint8Array> {
  const buffer = new Uint8Array(COPY_SIZE);
  for (const entry of entries) {
    yield* headers(entry);
    yield* padded(entry.content, buffer);
  }
  yield new Uint8Array(2 * BLOCK);
}

function* headers(entry: TarEntry): Generator<Uint8Array> {
  const path = entry.kind === 'directory' ? `${entry.path}/` : entry.path;
  const records = [...paxFields(entry, path)];
  if (records.length > 0) {
    const body = bytes(records.map(([key, value]) => paxRecord(key, value)).join(''));
    yield header({ ...entry, path: 'pax', target: '' }, TypeFlag.PaxHeader, 'pax', body.length);
    yield* padded(new MemorySource(body), new Uint8Array(body.length));
  }
  yield header(entry, TYPES[entry.kind], path, entry.content.sizeBytes);
}

/** What the header's fields have no room for. */
function* paxFields(entry: TarEntry, path: string): Generator<[key: string, value: string]> {
  if (path.length > Field.name[1]) yield ['path', path];
  if (entry.target.length > Field.linkname[1]) yield ['linkpath', entry.target];
  if (entry.owner > MAX_SHORT_OCTAL) yield ['uid', String(entry.owner)];
  if (entry.group > MAX_SHORT_OCTAL) yield ['gid', String(entry.group)];
  if (entry.content.sizeBytes > MAX_LONG_OCTAL) yield ['size', String(entry.content.sizeBytes)];
  const fraction = entry.modifiedNs % NS_PER_S;
  if (fraction > 0n) yield ['mtime', `${entry.modifiedNs / NS_PER_S}.${String(fraction).padStart(9, '0')}`];
}

function* padded(content: ByteSource, buffer: Uint8Array): Generator<Uint8Array> {
  for (let done = 0; done < content.sizeBytes;) {
    const wanted = Math.min(buffer.length, content.sizeBytes - done);
    const count = content.read(done, buffer.subarray(0, wanted));
    // A file that shrank while it is copied: the header has been written, so zeros must follow.
    if (count < wanted) buffer.fill(0, count, wanted);
    yield buffer.subarray(0, wanted);
    done += wanted;
  }
  const rest = content.sizeBytes % BLOCK;
  if (rest > 0) yield new Uint8Array(BLOCK - rest);
}

function header(entry: TarEntry, type: string, path: string, sizeBytes: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = ([offset, length]: readonly [number, number], value: string): void => {
    block.set(bytes(value.slice(0, length)), offset);
  };
  const octal = (field: readonly [number, number], value: number): void => {
    put(field, `${(value % 8 ** (field[1] - 1)).toString(8).padStart(field[1] - 1, '0')}\0`);
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
