/** A process that a signal kills leaves its memory behind as an ELF file, for debuggers. Source: core(5); fs/coredump.c, do_coredump. */
import { PAGE_SIZE } from '../../cpu/address.ts';
import { AT_FDCWD, O_CREAT, O_EXCL, O_LARGEFILE, O_NOFOLLOW, O_WRONLY } from '../abi/fcntl.ts';
import { RLIMIT_CORE } from '../abi/resource.ts';
import type { Description } from '../fs/description.ts';
import { unlinkat } from '../fs/calls/names.ts';
import { openPath } from '../fs/opening.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import { coreName } from './core-name.ts';
import { coreNotes } from './core-notes.ts';
import { coreHeaders, coreSegments, dataStart, pageOfCore } from './core-segments.ts';

const OPENED = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_LARGEFILE;
const PERMISSIONS = 0o600;

/** Whether there is a core file now. */
export function dumpCore(thread: LinuxThread, signal: SignalInfo): boolean {
  const { process } = thread;
  const limitBytes = process.limits.soft(RLIMIT_CORE);
  if (limitBytes < PAGE_SIZE || process.dumpable !== 1 || process.image === undefined) return false;
  const name = coreName(thread, signal.signal);
  if (name === undefined) return false;
  // An older one makes room; whatever else is in the way makes opening fail.
  unlinkat(thread, AT_FDCWD, name, 0);
  const description = openPath(thread, AT_FDCWD, name, OPENED, PERMISSIONS);
  if (typeof description === 'number') return false;
  const written = writeCore(thread, signal, new Sink(description, limitBytes));
  description.release();
  return written;
}

/** Where the file goes, up to the limit. */
class Sink {
  readonly #description: Description;
  readonly #limitBytes: number;
  #end = 0;

  constructor(description: Description, limitBytes: number) {
    this.#description = description;
    this.#limitBytes = limitBytes;
  }

  /** Whether it could be written: all or nothing. */
  write(position: number, bytes: Uint8Array): boolean {
    const end = position + bytes.length;
    if (end > this.#limitBytes || this.#description.file.writeAt(position, bytes) !== bytes.length) return false;
    this.#end = Math.max(this.#end, end);
    return true;
  }

  /** Zeros up to there, as far as the limit allows. */
  extendTo(sizeBytes: number): void {
    const size = Math.min(sizeBytes, this.#limitBytes);
    if (size > this.#end) this.#description.node?.setAttributes({ sizeBytes: size });
  }
}

/** What no longer fits is left out; the file counts all the same once it has begun. */
function writeCore(thread: LinuxThread, signal: SignalInfo, sink: Sink): boolean {
  const { addressSpace: space, coredumpFilter } = thread.process;
  const notes = coreNotes(thread, signal);
  const notesBytes = notes.reduce((sum, { length }) => sum + length, 0);
  const segments = coreSegments(space, coredumpFilter);
  const headers = coreHeaders(segments, notesBytes);
  if (!sink.write(0, headers)) return false;
  let position = headers.length;
  for (const note of notes) {
    if (!sink.write(position, note)) return true;
    position += note.length;
  }
  position = dataStart(segments, notesBytes);
  for (const { region, fileBytes } of segments) {
    for (let at = 0; at < fileBytes; at += PAGE_SIZE) {
      const page = pageOfCore(space, region, region.start + at);
      if (page !== undefined && !sink.write(position + at, page)) return true;
    }
    position += fileBytes;
  }
  sink.extendTo(position);
  return true;
}
