/**
 * Classic BPF as seccomp filters use it: what the kernel accepts, and a machine that runs it on 64 bytes of data. A program is one
 * Int32Array: opcode with jump offsets (code | jt << 16 | jf << 24), then k. Source: net/core/filter.c, bpf_check_classic,
 * check_load_and_stores; kernel/seccomp.c, seccomp_check_filter; Documentation/networking/filter.rst.
 */
import * as bpf from '../abi/bpf.ts';
import { seccomp_data, SECCOMP_RET_KILL_THREAD } from '../abi/seccomp.ts';

export type FilterCode = Int32Array;

/** Words of an instruction. */
const WORDS = 2;

/** struct sock_filter[] → code. */
export function decodeFilter(bytes: Uint8Array): FilterCode {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const code = new Int32Array((bytes.length / bpf.sock_filter.size) * WORDS);
  for (let i = 0; i < code.length; i++) code[i] = view.getInt32(i * 4, true);
  return code;
}

const ALU_OPERATIONS: readonly number[] = [
  bpf.BPF_ADD,
  bpf.BPF_SUB,
  bpf.BPF_MUL,
  bpf.BPF_DIV,
  bpf.BPF_OR,
  bpf.BPF_AND,
  bpf.BPF_LSH,
  bpf.BPF_RSH,
  bpf.BPF_XOR,
];
const CONDITIONS: readonly number[] = [bpf.BPF_JEQ, bpf.BPF_JGT, bpf.BPF_JGE, bpf.BPF_JSET];

/** All codes a seccomp filter may have. */
const allowedCodes: ReadonlySet<number> = new Set([
  bpf.BPF_LD | bpf.BPF_W | bpf.BPF_ABS,
  bpf.BPF_LD | bpf.BPF_W | bpf.BPF_LEN,
  bpf.BPF_LDX | bpf.BPF_W | bpf.BPF_LEN,
  bpf.BPF_LD | bpf.BPF_IMM,
  bpf.BPF_LDX | bpf.BPF_IMM,
  bpf.BPF_LD | bpf.BPF_MEM,
  bpf.BPF_LDX | bpf.BPF_MEM,
  bpf.BPF_ST,
  bpf.BPF_STX,
  bpf.BPF_ALU | bpf.BPF_NEG,
  bpf.BPF_MISC | bpf.BPF_TAX,
  bpf.BPF_MISC | bpf.BPF_TXA,
  bpf.BPF_JMP | bpf.BPF_JA,
  bpf.BPF_RET | bpf.BPF_K,
  bpf.BPF_RET | bpf.BPF_A,
  ...ALU_OPERATIONS.flatMap((operation) => [bpf.BPF_ALU | operation, bpf.BPF_ALU | operation | bpf.BPF_X]),
  ...CONDITIONS.flatMap((condition) => [bpf.BPF_JMP | condition, bpf.BPF_JMP | condition | bpf.BPF_X]),
]);

const codeAt = (code: FilterCode, index: number): number => code[index * WORDS]! & 0xffff;
const trueOffset = (code: FilterCode, index: number): number => (code[index * WORDS]! >>> 16) & 0xff;
const falseOffset = (code: FilterCode, index: number): number => code[index * WORDS]! >>> 24;
const operandAt = (code: FilterCode, index: number): number => code[index * WORDS + 1]! >>> 0;

/** Whether the kernel would take the program. */
export function isAcceptable(code: FilterCode): boolean {
  const length = code.length / WORDS;
  if (length === 0 || length > bpf.BPF_MAXINSNS) return false;
  for (let index = 0; index < length; index++) if (!isAllowed(code, index, length)) return false;
  if ((codeAt(code, length - 1) & 7) !== bpf.BPF_RET) return false;
  return loadsOnlyWhatWasStored(code, length);
}

function isAllowed(code: FilterCode, index: number, length: number): boolean {
  const opcode = codeAt(code, index);
  const operand = operandAt(code, index);
  if (!allowedCodes.has(opcode)) return false;
  switch (opcode & 7) {
    case bpf.BPF_LD:
      if ((opcode & 0xe0) === bpf.BPF_ABS) return operand < seccomp_data.size && operand % 4 === 0;
      return (opcode & 0xe0) !== bpf.BPF_MEM || operand < bpf.BPF_MEMWORDS;
    case bpf.BPF_LDX:
      return (opcode & 0xe0) !== bpf.BPF_MEM || operand < bpf.BPF_MEMWORDS;
    case bpf.BPF_ST:
    case bpf.BPF_STX:
      return operand < bpf.BPF_MEMWORDS;
    case bpf.BPF_ALU:
      return isAllowedArithmetic(opcode, operand);
    case bpf.BPF_JMP:
      if (opcode === (bpf.BPF_JMP | bpf.BPF_JA)) return operand < length - index - 1;
      return index + trueOffset(code, index) + 1 < length && index + falseOffset(code, index) + 1 < length;
    default:
      return true;
  }
}

function isAllowedArithmetic(opcode: number, operand: number): boolean {
  if ((opcode & bpf.BPF_X) !== 0) return true;
  const operation = opcode & 0xf0;
  if (operation === bpf.BPF_DIV) return operand !== 0;
  return (operation !== bpf.BPF_LSH && operation !== bpf.BPF_RSH) || operand < 32;
}

/** No path loads a word of scratch memory that it has not stored. Jumps only go forward: one pass will do. */
function loadsOnlyWhatWasStored(code: FilterCode, length: number): boolean {
  const known = new Uint16Array(length).fill(0xffff);
  let stored = 0;
  for (let index = 0; index < length; index++) {
    stored &= known[index]!;
    const opcode = codeAt(code, index);
    const operand = operandAt(code, index);
    const meet = (target: number): void => {
      known[target]! &= stored;
    };
    switch (opcode & 7) {
      case bpf.BPF_ST:
      case bpf.BPF_STX:
        stored |= 1 << operand;
        break;
      case bpf.BPF_LD:
      case bpf.BPF_LDX:
        if ((opcode & 0xe0) === bpf.BPF_MEM && (stored & (1 << operand)) === 0) return false;
        break;
      case bpf.BPF_JMP:
        if (opcode === (bpf.BPF_JMP | bpf.BPF_JA)) meet(index + 1 + operand);
        else {
          meet(index + 1 + trueOffset(code, index));
          meet(index + 1 + falseOffset(code, index));
        }
        stored = 0xffff;
        break;
      default:
    }
  }
  return true;
}

/** Bytes of the data that say which call it is: number and architecture. What reads no further answers each number alike. */
const CALL_END = seccomp_data.instruction_pointer;

/** Runs accepted programs. One machine may serve many. */
export class FilterMachine {
  readonly #scratch = new Int32Array(bpf.BPF_MEMWORDS);
  /** The last run looked at no more than which call it was. */
  readsCallOnly = true;

  /** The program's 32-bit answer, unsigned. `data` is the seccomp_data in words. */
  run(code: FilterCode, data: Int32Array): number {
    const scratch = this.#scratch;
    let accumulator = 0;
    let index = 0;
    let offset = 0;
    this.readsCallOnly = true;
    for (let at = 0; ; at += WORDS) {
      const opcode = code[at]! & 0xffff;
      const operand = code[at + 1]!;
      switch (opcode & 7) {
        case bpf.BPF_LD:
          if ((opcode & 0xe0) === bpf.BPF_ABS && operand >= CALL_END) this.readsCallOnly = false;
          accumulator = this.#load(opcode, operand, data);
          break;
        case bpf.BPF_LDX:
          index = this.#load(opcode, operand, data);
          break;
        case bpf.BPF_ST:
          scratch[operand] = accumulator;
          break;
        case bpf.BPF_STX:
          scratch[operand] = index;
          break;
        case bpf.BPF_ALU: {
          const value = (opcode & bpf.BPF_X) !== 0 ? index : operand;
          if ((opcode & 0xf0) === bpf.BPF_DIV && value === 0) return SECCOMP_RET_KILL_THREAD;
          accumulator = calculate(opcode & 0xf0, accumulator, value);
          break;
        }
        case bpf.BPF_JMP:
          if (opcode === (bpf.BPF_JMP | bpf.BPF_JA)) at += operand * WORDS;
          else {
            offset = holds(opcode & 0xf0, accumulator, (opcode & bpf.BPF_X) !== 0 ? index : operand)
              ? (code[at]! >>> 16) & 0xff
              : code[at]! >>> 24;
            at += offset * WORDS;
          }
          break;
        case bpf.BPF_RET:
          return ((opcode & bpf.BPF_A) !== 0 ? accumulator : operand) >>> 0;
        default:
          if ((opcode & bpf.BPF_TXA) !== 0) accumulator = index;
          else index = accumulator;
      }
    }
  }

  #load(opcode: number, operand: number, data: Int32Array): number {
    switch (opcode & 0xe0) {
      case bpf.BPF_ABS:
        return data[operand >> 2]!;
      case bpf.BPF_MEM:
        return this.#scratch[operand]!;
      case bpf.BPF_LEN:
        return seccomp_data.size;
      default:
        return operand;
    }
  }
}

function calculate(operation: number, left: number, right: number): number {
  switch (operation) {
    case bpf.BPF_ADD:
      return (left + right) | 0;
    case bpf.BPF_SUB:
      return (left - right) | 0;
    case bpf.BPF_MUL:
      return Math.imul(left, right);
    case bpf.BPF_DIV:
      return ((left >>> 0) / (right >>> 0)) | 0;
    case bpf.BPF_OR:
      return left | right;
    case bpf.BPF_AND:
      return left & right;
    case bpf.BPF_XOR:
      return left ^ right;
    case bpf.BPF_LSH:
      return left << right;
    case bpf.BPF_RSH:
      return (left >>> right) | 0;
    default:
      return -left | 0;
  }
}

function holds(condition: number, left: number, right: number): boolean {
  switch (condition) {
    case bpf.BPF_JEQ:
      return left === right;
    case bpf.BPF_JGT:
      return left >>> 0 > right >>> 0;
    case bpf.BPF_JGE:
      return left >>> 0 >= right >>> 0;
    default:
      return (left & right) !== 0;
  }
}
