import { expect, test } from 'vitest';
import { guestAddress } from '../address.ts';
import { DecodeFailure, decode } from './decode.ts';
import { format } from './format.ts';
import { OperandKind, RegisterClass, type Instruction } from './instruction.ts';
import { allEncodings, allMnemonics } from './lookup.ts';

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

function decodeHex(hex: string, address = 0x401000): Instruction | DecodeFailure {
  return decode(bytesOf(hex), 0, guestAddress(address));
}

function text(hex: string): string {
  const decoded = decodeHex(hex);
  return typeof decoded === 'number' ? `failure ${decoded}` : format(decoded);
}

/** Bytes and their disassembly, which is what the decoder made of them. */
const CASES: readonly (readonly [hex: string, text: string])[] = [
  ['48 01 d8', 'add rax, rbx'],
  ['00 e0', 'add al, ah'],
  ['40 00 e0', 'add al, spl'],
  ['f0 83 44 88 10 05', 'lock add dword ptr [rax+rcx*4+0x10], 5'],
  ['48 83 ec f8', 'sub rsp, 0xfffffffffffffff8'],
  ['66 c7 00 34 12', 'mov word ptr [rax], 0x1234'],
  ['48 b8 f0 de bc 9a 78 56 34 12', 'mov rax, 0x123456789abcdef0'],
  ['64 48 8b 04 25 28 00 00 00', 'mov rax, qword ptr fs:[0x28]'],
  ['48 8d 05 10 00 00 00', 'lea rax, [0x401017]'],
  ['c7 05 00 00 00 00 01 00 00 00', 'mov dword ptr [0x40100a], 1'],
  ['67 8b 44 24 fc', 'mov eax, dword ptr [esp-4]'],
  ['43 8b 04 24', 'mov eax, dword ptr [r12+r12]'],
  ['74 fe', 'je 0x401000'],
  ['66 e8 00 00 00 00', 'call 0x401006'],
  ['f3 a4', 'rep movsb byte ptr [rdi], byte ptr [rsi]'],
  ['f2 48 af', 'repne scasq qword ptr [rdi]'],
  ['90', 'nop'],
  ['41 90', 'xchg r8d, eax'],
  ['f3 90', 'pause'],
  ['f3 41 90', 'pause'],
  ['66 0f 6f c1', 'movdqa xmm0, xmm1'],
  ['66 f3 0f 6f c1', 'movdqu xmm0, xmm1'],
  ['66 48 0f 6e c0', 'movq xmm0, rax'],
  ['0f 6f c1', 'movq mm0, mm1'],
  ['66 0f 38 00 ca', 'pshufb xmm1, xmm2'],
  ['f2 66 0f 38 f1 c1', 'crc32 eax, cx'],
  ['d8 c3', 'fadd st, st(3)'],
  ['db 28', 'fld tbyte ptr [rax]'],
  ['48 0f c7 08', 'cmpxchg16b xmmword ptr [rax]'],
  ['0f 94 c0', 'sete al'],
  ['f3 0f 1e fa', 'endbr64'],
  ['0f 05', 'syscall'],
  ['0f 0b', 'ud2'],
];

test.each(CASES)('%s is %s', (hex, expected) => {
  expect(text(hex)).toBe(expected);
  expect((decodeHex(hex) as Instruction).length).toBe(bytesOf(hex).length);
});

test.each(CASES)('%s is Truncated at every shorter length', (hex) => {
  const whole = bytesOf(hex);
  for (let length = 0; length < whole.length; length++)
    expect(decode(whole.subarray(0, length), 0, guestAddress(0x401000))).toBe(DecodeFailure.Truncated);
});

test('undefined opcodes are Invalid even at the end of the bytes', () => {
  for (const hex of ['06', '0f 04', '0f 0a', '9a', 'd6', '82', '62', '0f 38 e0'])
    expect([hex, decodeHex(hex)]).toEqual([hex, DecodeFailure.Invalid]);
});

test('LOCK is refused on registers and on instructions that may not have it', () => {
  for (const hex of ['f0 01 d8', 'f0 8b 00', 'f0 38 00', 'f0 90', 'f0 0f ba 20 01', 'f0 c3'])
    expect([hex, decodeHex(hex)]).toEqual([hex, DecodeFailure.Invalid]);
  expect(text('f0 0f ba 28 01')).toBe('lock bts dword ptr [rax], 1');
});

test('15 bytes are the limit, at the end of the bytes and within them', () => {
  const limit = '66'.repeat(14) + '90';
  expect(text(limit)).toBe('xchg ax, ax');
  expect(decodeHex('66' + limit)).toBe(DecodeFailure.TooLong);
  expect(decodeHex('66' + limit + '00'.repeat(64))).toBe(DecodeFailure.TooLong);
  expect(decodeHex('66'.repeat(15))).toBe(DecodeFailure.TooLong);
  expect(decodeHex('66'.repeat(14))).toBe(DecodeFailure.Truncated);
  // An immediate that crosses the limit.
  expect(decodeHex('2e'.repeat(11) + '05 11 22 33 44' + '00'.repeat(48))).toBe(DecodeFailure.TooLong);
});

test('a REX prefix counts only right before the opcode', () => {
  expect(text('48 66 01 d8')).toBe('add ax, bx');
});

test('register operands are shared, so that decoding allocates little', () => {
  const first = decodeHex('48 01 d8') as Instruction;
  const second = decodeHex('48 29 d8') as Instruction;
  expect(first.operands[0]).toBe(second.operands[0]);
  expect(first.operands[0]).toEqual({ kind: OperandKind.Register, class: RegisterClass.Gpr64, index: 0, width: 64 });
});

test('the tables say the instruction set', () => {
  expect(allEncodings().length).toBeGreaterThan(800);
  expect(allMnemonics()).toContain('pcmpistri');
  for (const row of allEncodings()) expect(row.text).not.toBe('');
});
