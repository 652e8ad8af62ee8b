/**
 * Every instruction shape a processor can decode, found by decoding a sweep over prefixes, opcode maps, opcodes and ModRM
 * forms. This is what the interpreter module is generated from: no list to keep by hand.
 */
import { guestAddress } from '../address.ts';
import type { Processor } from '../processor.ts';
import type { Instruction } from '../x86/instruction.ts';

const PREFIXES: readonly number[][] = [[], [0x66], [0xf2], [0xf3], [0x66, 0xf2], [0x64], [0x64, 0x66]];
const REX: readonly number[][] = [[], [0x48]];
const MAPS: readonly number[][] = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];
const NOT_OPCODES: ReadonlySet<number> = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);
/** ModRM without its reg field, and SIB: register; base; base and index; RIP-relative. */
const FORMS: readonly number[][] = [[0xc1], [0x83], [0x84, 0x8b], [0x05]];
/** x87: each register number may be an instruction of its own. */
const X87_FORMS: readonly number[][] = [...FORMS, ...[0, 2, 3, 4, 5, 6, 7].map((register) => [0xc0 | register])];
const LENGTH = 64;
/** The three-byte VEX prefix: map in the second byte (R, X and B inverted), W, register 0 in vvvv, L and pp in the third. Source: SDM vol. 2, 2.3.5. */
const VEX = 0xc4;
const VEX_MAPS = [1, 2, 3] as const;
const VEX_NO_REGISTERS = 0xe0;
const VEX_OPERAND_0 = 0x78;

export function* sweepInstructions(processor: Processor): Generator<Instruction> {
  const bytes = new Uint8Array(LENGTH);
  yield* sweepLegacy(bytes, processor);
  yield* sweepVex(bytes, processor);
}

function* sweepVex(bytes: Uint8Array, processor: Processor): Generator<Instruction> {
  for (const segment of [[], [0x64]]) {
    for (const map of VEX_MAPS) {
      for (const w of [0, 0x80]) {
        for (let lengthAndPrefix = 0; lengthAndPrefix < 8; lengthAndPrefix++) {
          const head = [...segment, VEX, VEX_NO_REGISTERS | map, w | VEX_OPERAND_0 | lengthAndPrefix];
          bytes.fill(0);
          bytes.set(head);
          yield* sweepOpcodes(bytes, head.length, processor, false);
        }
      }
    }
  }
}

function* sweepLegacy(bytes: Uint8Array, processor: Processor): Generator<Instruction> {
  for (const prefix of PREFIXES) {
    for (const rex of REX) {
      for (const map of MAPS) {
        const head = [...prefix, ...rex, ...map];
        bytes.fill(0);
        bytes.set(head);
        yield* sweepOpcodes(bytes, head.length, processor, map.length === 0);
      }
    }
  }
}

function* sweepOpcodes(bytes: Uint8Array, at: number, processor: Processor, primary: boolean): Generator<Instruction> {
  for (let opcode = 0; opcode < 256; opcode++) {
    if (primary && (NOT_OPCODES.has(opcode) || (opcode & 0xf0) === 0x40)) continue;
    bytes.fill(0, at);
    bytes[at] = opcode;
    const alone = processor.decode(bytes, 0, guestAddress(0x400000));
    if (typeof alone !== 'number' && alone.length === at + 1) {
      // No ModRM byte: what follows does not matter.
      yield alone;
      continue;
    }
    for (let reg = 0; reg < 8; reg++) {
      for (const form of primary && isX87(opcode) ? X87_FORMS : FORMS) {
        bytes[at + 1] = form[0]! | (reg << 3);
        bytes[at + 2] = form[1] ?? 0;
        const instruction = processor.decode(bytes, 0, guestAddress(0x400000));
        if (typeof instruction !== 'number') yield instruction;
      }
    }
  }
}

function isX87(opcode: number): boolean {
  return opcode >= 0xd8 && opcode <= 0xdf;
}
