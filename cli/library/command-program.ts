/**
 * The file that stands in the guest for a command whose work is done by JavaScript outside: a program that asks, by a system call of the
 * library's own, which call to make next, makes it, and says what came of it. So the command reads, writes and ends as any
 * program does: signals, job control, limits and tracers see nothing unusual.
 */
import {
  ELFCLASS64,
  ELFDATA2LSB,
  ELF_MAGIC,
  EHDR_SIZE,
  EM_X86_64,
  ET_EXEC,
  EV_CURRENT,
  Ehdr,
  PF_R,
  PF_W,
  PF_X,
  PHDR_SIZE,
  PT_LOAD,
} from '../../linuxabi/abi/elf.ts';

/** Linux gives no such numbers. In rdi the last call's result; the answer is the next call's number, with its arguments in place. */
export const COMMAND_CALL = 0x6b_3432;
/** What the program reads and writes lies here. */
export const BUFFER_ADDRESS = 0x50_0000;
export const BUFFER_BYTES = 0x1_0000;

const CODE_ADDRESS = 0x40_0000;
const HEADERS_BYTES = EHDR_SIZE + 2 * PHDR_SIZE;
const PAGE = 0x1000n;

const int32 = (value: number): number[] => [value, value >> 8, value >> 16, value >> 24].map((byte) => byte & 0xff);

/** `id`: says which command it is, in rsi. */
const codeOf = (id: number): readonly number[] => [
  ...[0x31, 0xff], //               xor edi, edi
  ...[0xbe, ...int32(id)], // ask:  mov esi, id
  ...[0xb8, ...int32(COMMAND_CALL)], // mov eax, COMMAND_CALL
  ...[0x0f, 0x05], //               syscall
  ...[0x85, 0xc0], //               test eax, eax
  ...[0x78, 0x07], //               js none
  ...[0x0f, 0x05], //               syscall
  ...[0x48, 0x89, 0xc7], //         mov rdi, rax
  ...[0xeb, 0xe9], //               jmp ask
  ...[0xbf, ...int32(127)], // none: mov edi, 127
  ...[0xb8, ...int32(231)], //      mov eax, exit_group
  ...[0x0f, 0x05], //               syscall
];

/** An executable file. */
export function commandProgram(id: number): Uint8Array {
  const code = codeOf(id);
  const bytes = new Uint8Array(HEADERS_BYTES + code.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < ELF_MAGIC.length; i++) bytes[i] = ELF_MAGIC.charCodeAt(i);
  bytes.set([ELFCLASS64, ELFDATA2LSB, EV_CURRENT], ELF_MAGIC.length);
  view.setUint16(Ehdr.e_type, ET_EXEC, true);
  view.setUint16(Ehdr.e_machine, EM_X86_64, true);
  view.setUint32(Ehdr.e_version, EV_CURRENT, true);
  view.setBigUint64(Ehdr.e_entry, BigInt(CODE_ADDRESS + HEADERS_BYTES), true);
  view.setBigUint64(Ehdr.e_phoff, BigInt(EHDR_SIZE), true);
  view.setUint16(Ehdr.e_ehsize, EHDR_SIZE, true);
  view.setUint16(Ehdr.e_phentsize, PHDR_SIZE, true);
  view.setUint16(Ehdr.e_phnum, 2, true);
  writeSegment(view, EHDR_SIZE, {
    flags: PF_R | PF_X,
    address: CODE_ADDRESS,
    fileBytes: bytes.length,
    memoryBytes: bytes.length,
  });
  const buffer = { flags: PF_R | PF_W, address: BUFFER_ADDRESS, fileBytes: 0, memoryBytes: BUFFER_BYTES };
  writeSegment(view, EHDR_SIZE + PHDR_SIZE, buffer);
  bytes.set(code, HEADERS_BYTES);
  return bytes;
}

interface Segment {
  readonly flags: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

/** Elf64_Phdr: p_type, p_flags, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align. Source: elf(5). */
function writeSegment(view: DataView, at: number, { flags, address, fileBytes, memoryBytes }: Segment): void {
  view.setUint32(at, PT_LOAD, true);
  view.setUint32(at + 4, flags, true);
  const rest = [0n, BigInt(address), BigInt(address), BigInt(fileBytes), BigInt(memoryBytes), PAGE];
  for (const [index, value] of rest.entries()) view.setBigUint64(at + 8 + index * 8, value, true);
}
