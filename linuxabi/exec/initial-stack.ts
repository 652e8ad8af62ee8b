/**
 * The stack a program starts on: strings, then the auxiliary vector, environment and argument pointers, argc at RSP.
 *
 *     top−8   8 zero bytes
 *             file name, environment strings, argument strings (argv[0] lowest)
 *             platform string, 16 random bytes
 *     RSP →   argc, argv…, 0, envp…, 0, auxv…, AT_NULL        (RSP is a multiple of 16)
 *
 * Source: fs/exec.c, copy_strings; fs/binfmt_elf.c, create_elf_tables; psABI 3.4.1.
 */
import { guestAddress, pageFloor } from '../../cpu/address.ts';
import { Permission } from '../../cpu/memory/guest-memory.ts';
import type { ByteString } from '../../kernel/byte-string.ts';
import { Placement } from '../../kernel/memory/address-space.ts';
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import { RegionFlag } from '../../kernel/memory/region.ts';
import { AT_EXECFN, AT_NULL, AT_PLATFORM, AT_RANDOM } from '../abi/elf.ts';
import type { ProgramArguments } from './argument-limits.ts';

export interface InitialStackRequest extends ProgramArguments {
  readonly executable: boolean;
  /** 16 bytes for AT_RANDOM. */
  readonly random: Uint8Array;
  /** The auxiliary vector in order; the entries that point into the stack get their values here. */
  readonly auxiliary: readonly (readonly [type: number, value: number])[];
}

export interface InitialStack {
  readonly stackPointer: number;
  /** Where the argument and environment strings are: /proc/PID/cmdline and environ read them there. */
  readonly argumentsStart: number;
  readonly argumentsEnd: number;
  readonly environmentEnd: number;
  /** Where the auxiliary vector lies. */
  readonly auxiliaryStart: number;
  readonly auxiliaryEnd: number;
}

const WORD = 8;
const PLATFORM = 'x86_64';
/** Mapped below the first stack pointer at once. Source: fs/exec.c, setup_arg_pages (stack_expand). */
const HEADROOM_BYTES = 128 * 1024;

/** Undefined when there is no room for the stack. */
export function buildInitialStack(space: AddressSpace, request: InitialStackRequest): InitialStack | undefined {
  const { argv, envp, fileName, auxiliary } = request;
  const top = space.layout.stackTop - WORD;
  const argumentBytes = sizeOf(argv);
  const environmentBytes = sizeOf(envp);
  const argumentsStart = top - (fileName.length + 1) - environmentBytes - argumentBytes;
  const platform = alignDown(argumentsStart) - alignUp(PLATFORM.length + 1);
  const random = platform - request.random.length;
  const words = 1 + argv.length + 1 + envp.length + 1 + (auxiliary.length + 1) * 2;
  const stackPointer = alignDown(random - words * WORD);

  const image = new Uint8Array(space.layout.stackTop - stackPointer);
  const writer = new StackWriter(image, stackPointer);
  const pointers = writer.strings(argumentsStart, [...argv, ...envp, fileName]);
  writer.strings(platform, [PLATFORM]);
  writer.bytes(random, request.random);
  const values = new Map([
    [AT_PLATFORM, platform],
    [AT_RANDOM, random],
    [AT_EXECFN, pointers.at(-1)!],
  ]);
  writer.words(stackPointer, [
    argv.length,
    ...pointers.slice(0, argv.length),
    0,
    ...pointers.slice(argv.length, -1),
    0,
    ...auxiliary.flatMap(([type, value]) => [type, values.get(type) ?? value]),
    AT_NULL,
    0,
  ]);
  if (!mapStack(space, stackPointer, request.executable)) return undefined;
  if (space.memory.write(guestAddress(stackPointer), image) !== image.length) return undefined;
  const argumentsEnd = argumentsStart + argumentBytes;
  const auxiliaryStart = stackPointer + (1 + argv.length + 1 + envp.length + 1) * WORD;
  return {
    stackPointer,
    argumentsStart,
    argumentsEnd,
    environmentEnd: argumentsEnd + environmentBytes,
    auxiliaryStart,
    auxiliaryEnd: auxiliaryStart + (auxiliary.length + 1) * 2 * WORD,
  };
}

function mapStack(space: AddressSpace, stackPointer: number, executable: boolean): boolean {
  const start = pageFloor(stackPointer - HEADROOM_BYTES);
  const permissions = Permission.Read | Permission.Write | (executable ? Permission.Execute : 0);
  const mapped = space.mapAnonymous({
    placement: Placement.FixedIfFree,
    address: start,
    lengthBytes: space.layout.stackTop - start,
    permissions,
    flags: RegionFlag.GrowsDown,
    label: '[stack]',
  });
  return mapped >= 0;
}

/** Fills the image of the stack, addressed as the guest will see it. */
class StackWriter {
  readonly #image: Uint8Array;
  readonly #view: DataView;
  readonly #base: number;

  constructor(image: Uint8Array, base: number) {
    this.#image = image;
    this.#view = new DataView(image.buffer);
    this.#base = base;
  }

  /** Zero-terminated strings one after the other; their addresses. */
  strings(address: number, texts: readonly ByteString[]): number[] {
    let at = address - this.#base;
    return texts.map((text) => {
      const start = at;
      for (let i = 0; i < text.length; i++) this.#image[at++] = text.charCodeAt(i);
      at++;
      return start + this.#base;
    });
  }

  bytes(address: number, bytes: Uint8Array): void {
    this.#image.set(bytes, address - this.#base);
  }

  words(address: number, values: readonly number[]): void {
    let at = address - this.#base;
    for (const value of values) {
      this.#view.setUint32(at, value % 2 ** 32, true);
      this.#view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
      at += WORD;
    }
  }
}

function sizeOf(texts: readonly ByteString[]): number {
  let bytes = 0;
  for (const text of texts) bytes += text.length + 1;
  return bytes;
}

function alignDown(address: number): number {
  return address - (address % 16);
}

function alignUp(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
