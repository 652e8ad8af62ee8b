/**
 * Test data: random programs as machine code. A loop of arithmetic on registers and on a data page, with forward branches
 * inside, calls of a small function, and a SYSCALL at the end. rsp, rbx (data page) and r15 (turns) keep their roles.
 */
export const Place = { code: 0x400000, data: 0x500000, stack: 0x600000 } as const;

const DATA = 3;
const TURNS = 15;
const USABLE = [0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14] as const;

type Random = (limit: number) => number;

export function randomNumbers(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

export function randomProgram(random: Random, turns: number): Uint8Array {
  // mov r15d, turns; then the loop.
  const code: number[] = [0x41, 0xbf, turns, 0, 0, 0];
  const top = code.length;
  const calls: number[] = [];
  const count = 4 + random(24);
  for (let i = 0; i < count; i++) code.push(...randomStep(random, code.length, calls));
  // dec r15; jnz top
  code.push(0x49, 0xff, 0xcf, 0x0f, 0x85, ...i32(top - (code.length + 9)));
  code.push(0x0f, 0x05);
  const callee = code.length;
  for (let i = 0; i < 3; i++) code.push(...arithmetic(random));
  code.push(0xc3);
  for (const at of calls) code.splice(at, 4, ...i32(callee - (at + 4)));
  return Uint8Array.from(code);
}

function randomStep(random: Random, at: number, calls: number[]): number[] {
  const choice = random(16);
  if (choice === 0) {
    calls.push(at + 1);
    return [0xe8, 0, 0, 0, 0];
  }
  if (choice <= 3) {
    // jcc over one instruction.
    const skipped = arithmetic(random);
    return [0x70 | random(16), skipped.length, ...skipped];
  }
  if (choice === 4) return pushPop(random);
  return arithmetic(random);
}

function pushPop(random: Random): number[] {
  const source = random(8);
  const destination = USABLE[random(6)]!;
  return [0x50 | source, ...arithmetic(random), 0x58 | destination];
}

/** One instruction without control flow. */
function arithmetic(random: Random): number[] {
  const destination = USABLE[random(USABLE.length)]!;
  const source = random(16);
  const wide = random(2) * 8;
  const narrow = random(6) === 0 ? [0x66] : [];
  const prefixed = (...opcode: number[]) => operate(random, wide, narrow, opcode, source, destination);
  switch (random(12)) {
    case 0: // op r/m8, r8
      return operate(random, 0, [], [random(8) << 3], source, destination);
    case 1: // op r, r/m
      return fromMemory(random, wide, narrow, [(random(8) << 3) | 3], destination);
    case 2:
      return prefixed(0x85); // test
    case 3:
      return prefixed(0x89); // mov
    case 4:
      return fromMemory(random, wide, narrow, [0x0f, 0xaf], destination); // imul
    case 5: // shift and rotate by an immediate
      return [...operate(random, wide, narrow, [0xc1], shiftKind(random), destination), random(40)];
    case 6: // the same by cl
      return prefixedGroup(random, wide, narrow, [0xd3], shiftKind(random), destination);
    case 7:
      return fromMemory(random, wide, [], [0x0f, 0x40 | random(16)], destination); // cmovcc
    case 8: // setcc
      return prefixedGroup(random, 0, [], [0x0f, 0x90 | random(16)], 0, destination);
    case 9: // movzx, movsx
      return fromMemory(random, wide, [], [0x0f, [0xb6, 0xb7, 0xbe, 0xbf][random(4)]!], destination);
    case 10: // not, neg, inc, dec
      return random(2)
        ? prefixedGroup(random, wide, narrow, [0xf7], 2 + random(2), destination)
        : prefixedGroup(random, wide, narrow, [0xff], random(2), destination);
    default:
      return prefixed((random(8) << 3) | 1);
  }
}

function shiftKind(random: Random): number {
  return [0, 1, 2, 3, 4, 5, 7][random(7)]!;
}

/** Opcode with r/m = a register, or the data page one time in three. */
function operate(random: Random, wide: number, prefix: number[], opcode: number[], reg: number, rm: number): number[] {
  if (random(3) === 0) return memoryForm(random, wide, prefix, opcode, reg);
  return [...prefix, 0x40 | wide | ((reg >> 3) << 2) | (rm >> 3), ...opcode, 0xc0 | ((reg & 7) << 3) | (rm & 7)];
}

function prefixedGroup(
  random: Random,
  wide: number,
  prefix: number[],
  opcode: number[],
  kind: number,
  rm: number,
): number[] {
  return operate(random, wide, prefix, opcode, kind, rm);
}

function fromMemory(random: Random, wide: number, prefix: number[], opcode: number[], reg: number): number[] {
  if (random(2) === 0) return memoryForm(random, wide, prefix, opcode, reg);
  const rm = random(16);
  return [...prefix, 0x40 | wide | ((reg >> 3) << 2) | (rm >> 3), ...opcode, 0xc0 | ((reg & 7) << 3) | (rm & 7)];
}

/** [rbx + disp32] near the end of the page: some accesses straddle into the next one. */
function memoryForm(random: Random, wide: number, prefix: number[], opcode: number[], reg: number): number[] {
  const displacement = random(4) === 0 ? 4088 + random(12) : random(64) * 4;
  return [...prefix, 0x40 | wide | ((reg >> 3) << 2), ...opcode, 0x80 | ((reg & 7) << 3) | DATA, ...i32(displacement)];
}

function i32(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff];
}

export const LoopRegister = TURNS;
