/** --strace: one line per syscall and signal, in the manner of strace -f, from the syscall table's own data. */
import { guestAddress } from '../cpu/address.ts';
import { errnoNames } from './abi/errno.ts';
import { signalName } from './abi/signal.ts';
import { NO_RESULT } from './blocking.ts';
import type { LinuxThread } from './process/thread.ts';
import type { SignalInfo } from './signal/siginfo.ts';
import { ARGUMENT_REGISTERS, ArgumentKind } from './syscall.ts';
import type { Argument, SyscallDefinition } from './syscall.ts';

/** Bytes of a string or buffer shown before the dots. */
const STRING_LIMIT = 32;
const PATH_LIMIT = 4096;

export interface SyscallTracer {
  enter(thread: LinuxThread, definition: SyscallDefinition | undefined, number: number): void;
  exit(thread: LinuxThread, result: number): void;
  signal(thread: LinuxThread, info: SignalInfo): void;
  threadEnded(thread: LinuxThread): void;
}

export class Strace implements SyscallTracer {
  readonly #write: (line: string) => void;
  /** Calls whose result has not come yet. */
  readonly #open = new Map<LinuxThread, string>();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  enter(thread: LinuxThread, definition: SyscallDefinition | undefined, number: number): void {
    this.#open.set(thread, `[pid ${thread.tid}] ${describeCall(thread, definition, number)}`);
  }

  exit(thread: LinuxThread, result: number): void {
    const call = this.#open.get(thread);
    if (call === undefined) return;
    this.#open.delete(thread);
    this.#write(`${call} = ${result === NO_RESULT ? '?' : describeResult(result)}`);
  }

  signal(thread: LinuxThread, { signal, code, pid, uid }: SignalInfo): void {
    const sender = pid === undefined ? '' : `, si_pid=${pid}, si_uid=${uid ?? 0}`;
    this.#write(
      `[pid ${thread.tid}] --- ${signalName(signal)} {si_signo=${signalName(signal)}, si_code=${code}${sender}} ---`,
    );
  }

  threadEnded(thread: LinuxThread): void {
    const call = this.#open.get(thread);
    this.#open.delete(thread);
    if (call !== undefined) this.#write(`${call} = ?`);
    this.#write(`[pid ${thread.tid}] +++ ended +++`);
  }
}

function describeCall(thread: LinuxThread, definition: SyscallDefinition | undefined, number: number): string {
  if (definition === undefined) return `syscall_${number}(…)`;
  const values = definition.arguments.map((arg, index) => describeArgument(thread, definition, arg, index));
  return `${definition.name}(${values.join(', ')})`;
}

function describeArgument(
  thread: LinuxThread,
  definition: SyscallDefinition,
  arg: Argument<unknown>,
  index: number,
): string {
  const register = ARGUMENT_REGISTERS[index]!;
  const { state } = thread.cpu;
  const value = state.int32(register);
  switch (arg.kind) {
    case ArgumentKind.Path:
      return quoteString(thread, state.number(register));
    case ArgumentKind.Buffer: {
      const length = definition.arguments[index + 1] === undefined ? 0 : state.number(ARGUMENT_REGISTERS[index + 1]!);
      return quoteBytes(thread, state.number(register), length);
    }
    case ArgumentKind.Pointer:
      return state.number(register) === 0 ? 'NULL' : hex(state.number(register));
    case ArgumentKind.Hex:
      return hex(state.number(register));
    case ArgumentKind.Octal:
      return `0${(value >>> 0).toString(8)}`;
    case ArgumentKind.Choice:
      return nameOf(arg, value) ?? String(value);
    case ArgumentKind.Flags:
      return describeFlags(arg, value);
    case ArgumentKind.Signal:
      return value === 0 ? '0' : signalName(value);
    case ArgumentKind.Fd:
      return value === -100 ? 'AT_FDCWD' : String(value);
    default:
      return String(arg.decode(thread, register));
  }
}

function nameOf(arg: Argument<unknown>, value: number): string | undefined {
  return Object.entries(arg.names ?? {}).find(([, known]) => known === value)?.[0];
}

function describeFlags(arg: Argument<unknown>, value: number): string {
  if (value === 0) return nameOf(arg, 0) ?? '0';
  const parts: string[] = [];
  let rest = value;
  for (const [name, bits] of Object.entries(arg.names ?? {})) {
    if (bits === 0 || (rest & bits) !== (bits | 0)) continue;
    parts.push(name);
    rest &= ~bits;
  }
  if (rest !== 0) parts.push(hex(rest >>> 0));
  return parts.join('|');
}

function describeResult(result: number): string {
  if (result >= 0) return result > 0x10000 ? hex(result) : String(result);
  const name = errnoNames[-result];
  return name === undefined ? String(result) : `-1 ${name}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function quoteString(thread: LinuxThread, address: number): string {
  if (address === 0) return 'NULL';
  const bytes = new Uint8Array(PATH_LIMIT);
  const text = bytes.subarray(0, thread.memory.read(guestAddress(address), bytes));
  const end = text.indexOf(0);
  return end < 0 ? hex(address) : quote(text.subarray(0, end), '');
}

function quoteBytes(thread: LinuxThread, address: number, length: number): string {
  if (address === 0) return 'NULL';
  const bytes = new Uint8Array(Math.min(length, STRING_LIMIT));
  const count = thread.memory.read(guestAddress(address), bytes);
  return quote(bytes.subarray(0, count), length > STRING_LIMIT ? '...' : '');
}

const escapes: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 34: '\\"', 92: '\\\\' };

function quote(bytes: Uint8Array, tail: string): string {
  let text = '';
  for (const byte of bytes) {
    text += escapes[byte] ?? (byte < 32 || byte > 126 ? `\\${byte.toString(8)}` : String.fromCharCode(byte));
  }
  return `"${text}"${tail}`;
}
