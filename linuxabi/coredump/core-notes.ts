/** The notes of a core file: registers of every thread, the signal, what the process was, which files were mapped. Source: fs/binfmt_elf.c, fill_note_info. */
import { PAGE_SIZE, guestAddress } from '../../cpu/address.ts';
import { bytesFromString } from '../../kernel/byte-string.ts';
import { concatenate } from '../../kernel/concatenate.ts';
import { elf_prpsinfo as info, elf_prstatus as status, NT_AUXV, NT_FILE, NT_PRPSINFO, NT_SIGINFO } from '../abi/elf.ts';
import { NT_PRFPREG, NT_PRSTATUS } from '../abi/ptrace.ts';
import { NS_PER_SECOND } from '../abi/time.ts';
import { floatingPointSet, generalSet } from '../ptrace/register-sets.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { LinuxThread } from '../process/thread.ts';
import { encodeSignalInfo } from '../signal/siginfo.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import type { SignalSet } from '../signal/signal-set.ts';

const OWNER = 'CORE';
const NAME_BYTES = 8;
const HEADER_BYTES = 12;
const WORD = 8;
const NS_PER_US = 1000;
/** Of the program's name and of its arguments, the final zero included. */
const FNAME_BYTES = 16;
const PSARGS_BYTES = 80;
const RUNNING = 'R';

export function coreNotes(thread: LinuxThread, signal: SignalInfo): Uint8Array[] {
  const { process } = thread;
  const others = [...process.threads.values()].filter((other) => other !== thread && !other.ended);
  return [
    note(NT_PRSTATUS, statusOf(thread, signal)),
    note(NT_PRPSINFO, processInfo(process)),
    note(NT_SIGINFO, encodeSignalInfo(signal)),
    note(NT_AUXV, auxiliaryVector(process)),
    note(NT_FILE, mappedFiles(process)),
    note(NT_PRFPREG, floatingPointSet.get({ thread })),
    ...others.flatMap((other) => [
      note(NT_PRSTATUS, statusOf(other, signal)),
      note(NT_PRFPREG, floatingPointSet.get({ thread: other })),
    ]),
  ];
}

/** Lengths of name and content, type; both padded to words of 4. */
function note(type: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + NAME_BYTES + Math.ceil(content.length / 4) * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, OWNER.length + 1, true);
  view.setUint32(4, content.length, true);
  view.setUint32(8, type, true);
  bytes.set(bytesFromString(OWNER), HEADER_BYTES);
  bytes.set(content, HEADER_BYTES + NAME_BYTES);
  return bytes;
}

function statusOf(thread: LinuxThread, signal: SignalInfo): Uint8Array {
  const { process, signals } = thread;
  const bytes = new Uint8Array(status.size);
  const view = new DataView(bytes.buffer);
  view.setInt32(status.si_signo, signal.signal, true);
  view.setInt32(status.si_code, signal.code, true);
  view.setInt32(status.si_errno, signal.errno ?? 0, true);
  view.setInt16(status.pr_cursig, signal.signal, true);
  setSignals(view, status.pr_sigpend, signals.pending.set);
  setSignals(view, status.pr_sighold, signals.mask);
  view.setInt32(status.pr_pid, thread.tid, true);
  setFamily(view, status, process);
  const { userNs, systemNs } = thread.usedSoFar();
  setTime(view, status.pr_utime, userNs);
  setTime(view, status.pr_stime, systemNs);
  setTime(view, status.pr_cutime, process.childrenUsage.userNs);
  setTime(view, status.pr_cstime, process.childrenUsage.systemNs);
  bytes.set(generalSet.get({ thread }), status.pr_reg);
  view.setInt32(status.pr_fpvalid, 1, true);
  return bytes;
}

type Family = Readonly<Record<'pr_ppid' | 'pr_pgrp' | 'pr_sid', number>>;

function setFamily(view: DataView, at: Family, { parent, group }: LinuxProcess): void {
  view.setInt32(at.pr_ppid, parent?.pid ?? 0, true);
  view.setInt32(at.pr_pgrp, group.pgid, true);
  view.setInt32(at.pr_sid, group.session.sid, true);
}

function setSignals(view: DataView, at: number, { low, high }: SignalSet): void {
  view.setUint32(at, low >>> 0, true);
  view.setUint32(at + 4, high >>> 0, true);
}

function setTime(view: DataView, at: number, ns: number): void {
  view.setBigInt64(at, BigInt(Math.floor(ns / NS_PER_SECOND)), true);
  view.setBigInt64(at + WORD, BigInt(Math.floor((ns % NS_PER_SECOND) / NS_PER_US)), true);
}

function processInfo(process: LinuxProcess): Uint8Array {
  const bytes = new Uint8Array(info.size);
  const view = new DataView(bytes.buffer);
  const { credentials, leader } = process;
  bytes[info.pr_sname] = RUNNING.charCodeAt(0);
  view.setUint32(info.pr_uid, credentials.uid, true);
  view.setUint32(info.pr_gid, credentials.gid, true);
  view.setInt32(info.pr_pid, process.pid, true);
  setFamily(view, info, process);
  bytes.set(bytesFromString(leader?.name ?? '').subarray(0, FNAME_BYTES - 1), info.pr_fname);
  bytes.set(commandLine(process), info.pr_psargs);
  return bytes;
}

/** As far as there is room, with blanks between the arguments. */
function commandLine({ argumentsPlace, addressSpace }: LinuxProcess): Uint8Array {
  if (argumentsPlace === undefined) return new Uint8Array();
  const { argumentsStart, argumentsEnd } = argumentsPlace;
  const bytes = new Uint8Array(Math.min(PSARGS_BYTES - 1, argumentsEnd - argumentsStart));
  addressSpace.memory.read(guestAddress(argumentsStart), bytes);
  return bytes.map((byte) => (byte === 0 ? 0x20 : byte));
}

function auxiliaryVector({ argumentsPlace, addressSpace }: LinuxProcess): Uint8Array {
  if (argumentsPlace === undefined) return new Uint8Array();
  const bytes = new Uint8Array(argumentsPlace.auxiliaryEnd - argumentsPlace.auxiliaryStart);
  addressSpace.memory.read(guestAddress(argumentsPlace.auxiliaryStart), bytes);
  return bytes;
}

/** Count and page size; start, end and offset in pages of each; their names. */
function mappedFiles({ addressSpace }: LinuxProcess): Uint8Array {
  const files = [...addressSpace.regions].filter(({ object }) => object.node !== undefined);
  const words = [
    files.length,
    PAGE_SIZE,
    ...files.flatMap(({ start, end, offset }) => [start, end, offset / PAGE_SIZE]),
  ];
  const numbers = new Uint8Array(BigUint64Array.from(words, BigInt).buffer);
  const names = files.map(({ attributes }) => bytesFromString(`${attributes.label}\0`));
  return concatenate([numbers, ...names]);
}
