/**
 * How one argument of a call is shown. A Show is data: the text of argument `index`, and whether it is known when the call
 * is made or only when it has ended (what the kernel fills in). signatures.ts gives each call its row of Shows.
 */
import { guestAddress } from '../../cpu/address.ts';
import type { LinuxThread } from '../process/thread.ts';
import { ARGUMENT_REGISTERS } from '../syscall.ts';
import type { Names } from '../syscall.ts';

/** Bytes of a string or buffer shown before the dots. Source: strace(1), -s. */
const STRING_LIMIT = 32;
const PATH_LIMIT = 4096;

/** A call as its arguments were when it was made; memory as it is now. */
export class CallView {
  readonly thread: LinuxThread;
  /** Unsigned, rounded above 2^53. */
  readonly values: readonly number[];
  readonly #ints: readonly number[];
  readonly #longs: readonly number[];
  readonly #remembered = new Map<number, number | undefined>();
  /** Undefined until the call has ended. */
  result: number | undefined;

  constructor(thread: LinuxThread) {
    const { state } = thread.cpu;
    this.thread = thread;
    this.values = ARGUMENT_REGISTERS.map((register) => state.number(register));
    this.#ints = ARGUMENT_REGISTERS.map((register) => state.int32(register));
    this.#longs = ARGUMENT_REGISTERS.map((register) => state.long(register));
  }

  int(index: number): number {
    return this.#ints[index]!;
  }

  long(index: number): number {
    return this.#longs[index]!;
  }

  address(index: number): number {
    return this.values[index]!;
  }

  remember(index: number, value: number | undefined): void {
    this.#remembered.set(index, value);
  }

  /** What the Show of an argument kept when the call was made. */
  remembered(index: number): number | undefined {
    return this.#remembered.get(index);
  }

  get failed(): boolean {
    return this.result === undefined || this.result < 0;
  }

  /** The bytes, or undefined when not all are readable. */
  bytes(address: number, length: number): DataView | undefined {
    if (address === 0) return undefined;
    const bytes = new Uint8Array(length);
    const count = this.thread.memory.read(guestAddress(address), bytes);
    return count === length ? new DataView(bytes.buffer) : undefined;
  }

  /** Text up to its zero byte; undefined when there is none in readable memory. */
  text(address: number): Uint8Array | undefined {
    const bytes = new Uint8Array(PATH_LIMIT);
    const text = bytes.subarray(0, this.thread.memory.read(guestAddress(address), bytes));
    const end = text.indexOf(0);
    return end < 0 ? undefined : text.subarray(0, end);
  }
}

export interface Show {
  readonly at: 'entry' | 'exit';
  text(call: CallView, index: number): string;
  /** It brings its own comma, or none when it has nothing to say. */
  readonly comma?: 'own';
  /** What comes behind the text once the call has ended. */
  after?(call: CallView, index: number): string;
  /** A value to be kept from the start of the call to its end, where `CallView.remembered` has it. */
  remember?(call: CallView, index: number): number | undefined;
}

/** Known when the call is made. */
export const entry = (text: Show['text']): Show => ({ at: 'entry', text });
/** Known when it has ended. */
export const exit = (text: Show['text']): Show => ({ at: 'exit', text });

export const hexOf = (value: number): string => (value === 0 ? '0' : `0x${value.toString(16)}`);
export const pointerOf = (value: number): string => (value === 0 ? 'NULL' : hexOf(value));
export const octalOf = (value: number): string => (value === 0 ? '0' : `0${value.toString(8)}`);

/** `unknown`: what strace says beside a value none of whose bits it knows. */
export function flagsOf(value: number, names: Names, zero = '0', unknown?: string): string {
  if (value === 0) return zero;
  const parts: string[] = [];
  let rest = value >>> 0;
  for (const [name, bits] of Object.entries(names)) {
    if (bits === 0 || (rest & bits) >>> 0 !== bits >>> 0) continue;
    parts.push(name);
    rest = (rest & ~bits) >>> 0;
  }
  if (rest !== 0) parts.push(hexOf(rest));
  return parts.join('|') + (rest === value >>> 0 && unknown !== undefined ? ` /* ${unknown} */` : '');
}

export function nameOf(value: number, names: Names): string | undefined {
  for (const [name, known] of Object.entries(names)) if (known === value) return name;
  return undefined;
}

export const dec = entry((call, index) => String(call.int(index)));
export const unsigned = entry((call, index) => String(call.int(index) >>> 0));
export const long = entry((call, index) => String(call.long(index)));
export const size = entry((call, index) => String(call.address(index)));
export const hex = entry((call, index) => hexOf(call.address(index)));
export const pointer = entry((call, index) => pointerOf(call.address(index)));
export const octal = entry((call, index) => octalOf(call.int(index) >>> 0));
/** uid_t and gid_t: all ones is -1. */
export const id = dec;
const AT_FDCWD = -100;
export const dirfd = entry((call, index) => (call.int(index) === AT_FDCWD ? 'AT_FDCWD' : String(call.int(index))));

export const flags = (names: Names, zero?: string, unknown?: string): Show =>
  entry((call, index) => flagsOf(call.int(index), names, zero, unknown));

export function choiceOf(value: number, names: Names, unknown?: string): string {
  const known = nameOf(value, names);
  if (known !== undefined) return known;
  return hexOf(value >>> 0) + (unknown === undefined ? '' : ` /* ${unknown} */`);
}
export const choice = (names: Names, unknown?: string): Show =>
  entry((call, index) => choiceOf(call.int(index), names, unknown));

const escapes: Readonly<Record<number, string>> = {
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

/** As C would write it: octal escapes as short as the next character allows. Source: strace's string_quote. */
export function quote(bytes: Uint8Array): string {
  let text = '';
  bytes.forEach((byte, index) => {
    if (escapes[byte] !== undefined) text += escapes[byte];
    else if (byte >= 32 && byte < 127) text += String.fromCharCode(byte);
    else {
      const next = bytes[index + 1] ?? 0;
      const digits = next >= 48 && next <= 55 ? 3 : 1;
      text += `\\${byte.toString(8).padStart(digits, '0')}`;
    }
  });
  return `"${text}"`;
}

export function stringAt(call: CallView, address: number, limit = STRING_LIMIT): string {
  if (address === 0) return 'NULL';
  const text = call.text(address);
  if (text === undefined) return hexOf(address);
  return quote(text.subarray(0, limit)) + (text.length > limit ? '...' : '');
}

export function bytesAt(call: CallView, address: number, length: number): string {
  if (address === 0) return 'NULL';
  const shown = Math.min(length, STRING_LIMIT);
  const view = call.bytes(address, shown);
  if (view === undefined) return hexOf(address);
  return quote(new Uint8Array(view.buffer)) + (length > shown ? '...' : '');
}

export const path = entry((call, index) => stringAt(call, call.address(index), PATH_LIMIT));
export const string = entry((call, index) => stringAt(call, call.address(index)));
/** A buffer given, its length in the next argument. */
export const input = entry((call, index) => bytesAt(call, call.address(index), call.address(index + 1)));
/** A buffer filled, as far as the result says. */
export const output = exit((call, index) =>
  call.failed ? pointerOf(call.address(index)) : bytesAt(call, call.address(index), call.result!),
);
/** getrandom's bytes are always shown as hexadecimal. */
export const randomOutput = exit((call, index) => {
  if (call.failed) return pointerOf(call.address(index));
  const shown = Math.min(call.result!, STRING_LIMIT);
  const view = call.bytes(call.address(index), shown);
  if (view === undefined) return pointerOf(call.address(index));
  const text = [...new Uint8Array(view.buffer)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`);
  return `"${text.join('')}"${call.result! > shown ? '...' : ''}`;
});

/** A structure read at `address`. */
export type StructText = (view: DataView, call: CallView) => string;

export function structAt(call: CallView, address: number, length: number, text: StructText): string {
  const view = call.bytes(address, length);
  return view === undefined ? pointerOf(address) : text(view, call);
}

/** A structure the call reads. */
export const given = (length: number, text: StructText): Show =>
  entry((call, index) => structAt(call, call.address(index), length, text));
/** A structure the call fills, when it succeeds. */
export const filled = (length: number, text: StructText): Show =>
  exit((call, index) =>
    call.failed ? pointerOf(call.address(index)) : structAt(call, call.address(index), length, text),
  );

/** An array of `count` structures of `length` bytes. */
export function arrayAt(call: CallView, address: number, count: number, length: number, text: StructText): string {
  const LIMIT = 32;
  if (address === 0) return 'NULL';
  const shown = Math.min(count, LIMIT);
  const parts: string[] = [];
  for (let i = 0; i < shown; i++) {
    const view = call.bytes(address + i * length, length);
    if (view === undefined)
      return i === 0 ? hexOf(address) : `[${parts.join(', ')}, ... /* ${hexOf(address + i * length)} */]`;
    parts.push(text(view, call));
  }
  if (count > shown) parts.push('...');
  return `[${parts.join(', ')}]`;
}

export const u32 = (view: DataView, offset: number): number => view.getUint32(offset, true);
export const i32 = (view: DataView, offset: number): number => view.getInt32(offset, true);
export const u64 = (view: DataView, offset: number): number => Number(view.getBigUint64(offset, true));
export const i64 = (view: DataView, offset: number): number => Number(view.getBigInt64(offset, true));
