/**
 * One row of the instruction tables: an encoding in the SDM's notation, parsed.
 *
 *   [VEX[.L0|.L1][.W0|.W1]] [prefix] [size] [b0|b1] [map] opcode[+r|+cc] [/digit[m|r] | modrm[+i]]   mnemonic   operand codes   attributes
 *
 * VEX: with a VEX prefix, of that vector length L and that W, or any.
 * prefix: NP (none of 66 F3 F2), 66, F3, F2: mandatory; absent: those prefixes don't select the row. size: o16, o32, o64 by 66 and REX.W.
 * b0, b1: REX.B. /3m, /3r: reg field 3 with a memory, a register operand; /rm, /rr: any reg field. A hex byte after the opcode is the whole ModRM byte.
 * Operand codes: operand-code.ts. A more specific row wins over a general one.
 * Attributes: lock (LOCK allowed), rep (REP meant), d64 (operand size 64, or 16 with 66), f64 (always 64), mod3 (mod field ignored).
 */
import { OperandPlace, parseOperandCode, type OperandCode, type Widths } from './operand-code.ts';

/** Opcode maps, as numbered in the lookup. */
export const OpcodeMap = { Primary: 0, Map0F: 1, Map0F38: 2, Map0F3A: 3, Vex0F: 4, Vex0F38: 5, Vex0F3A: 6 } as const;
export type OpcodeMap = (typeof OpcodeMap)[keyof typeof OpcodeMap];
/** From a legacy map to the VEX map of the same opcodes. */
export const TO_VEX = OpcodeMap.Vex0F - OpcodeMap.Map0F;

export function isVexMap(map: OpcodeMap): boolean {
  return map >= OpcodeMap.Vex0F;
}

/** Mandatory prefix, as numbered in the lookup; Any: the row ignores it. */
export const Mandatory = { None: 0, P66: 1, F3: 2, F2: 3, Any: -1 } as const;
export type Mandatory = (typeof Mandatory)[keyof typeof Mandatory];

/** Which values of the ModRM byte a row takes; `first`..`last` is set for whole bytes. */
export interface ModrmPattern {
  /** reg field, or -1 for any. */
  readonly digit: number;
  readonly mod: 'any' | 'memory' | 'register';
  /** Whole byte range, or -1. */
  readonly first: number;
  readonly last: number;
}

export interface Row {
  readonly text: string;
  readonly map: OpcodeMap;
  readonly opcode: number;
  /** Opcodes this row covers: 8 with +r, 16 with +cc. */
  readonly span: 1 | 8 | 16;
  readonly mandatory: Mandatory;
  /** 16, 32, 64, or 0: any. */
  readonly size: number;
  /** REX.B wanted, or -1: any. */
  readonly rexB: number;
  /** VEX.L and VEX.W wanted, or -1: any. */
  readonly vexL: number;
  readonly vexW: number;
  /** Whether an operand is named by VEX.vvvv, which else must be 1111. */
  readonly usesVvvv: boolean;
  readonly hasModrm: boolean;
  /** Undefined where any ModRM byte will do. */
  readonly modrm: ModrmPattern | undefined;
  readonly mnemonic: string;
  readonly operands: readonly OperandCode[];
  /** Instruction.width by operand-size index (16, 32, 64). */
  readonly widths: Widths;
  /** Whether that width is doubled for VEX.L = 1. */
  readonly widthByLength: boolean;
  /** Bytes of immediates after the ModRM byte and its displacement, by operand-size index. */
  readonly immediateBytes: Widths;
  readonly lock: boolean;
  readonly repeats: boolean;
  readonly default64: boolean;
  readonly forced64: boolean;
  readonly ignoresMod: boolean;
}

const MANDATORY: Readonly<Record<string, Mandatory>> = { NP: 0, '66': 1, F3: 2, F2: 3 };
const ATTRIBUTES = new Set(['lock', 'rep', 'd64', 'f64', 'mod3']);
/** Bytes before the opcode in the opcode maps. */
const ESCAPES: Readonly<Record<string, OpcodeMap>> = { '0F': 1, '0F38': 2, '0F3A': 3 };

/** VEX (group 1), prefixes that select, then the map (2), the opcode (3) and how many opcodes the row covers (4). */
const PLACE =
  /^(?:(VEX)\S*\s+)?(?:(?:NP|66|F3|F2)\s+)?(?:o\d\d\s+)?(?:b[01]\s+)?(0F\s+(?:38\s+|3A\s+)?)?([0-9A-F]{2})(?:\+(r|cc))?\s/;
const SPANS = { r: 8, cc: 16 } as const;

/** The rows of a table as text, a row a line; empty lines and lines starting with # are for the reader. */
export function rowLines(table: string): string[] {
  return table
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Which opcodes a row is about, without parsing the rest of it. */
export function rowPlace(line: string): Pick<Row, 'map' | 'opcode' | 'span'> {
  const [, vex, escape, opcode, suffix] = PLACE.exec(line) ?? [];
  if (opcode === undefined) throw new Error(`bad table row: ${line}`);
  const legacy = escape === undefined ? OpcodeMap.Primary : ESCAPES[escape.replaceAll(/\s/g, '')]!;
  const map = (vex === undefined ? legacy : legacy + TO_VEX) as OpcodeMap;
  return { map, opcode: Number.parseInt(opcode, 16), span: suffix === undefined ? 1 : SPANS[suffix as 'r' | 'cc'] };
}

class Tokens {
  readonly #tokens: string[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = text.split(/\s+/);
  }

  peek(): string {
    return this.#tokens[this.#next] ?? '';
  }

  take(): string {
    return this.#tokens[this.#next++] ?? '';
  }

  takeIf(wanted: (token: string) => boolean): string | undefined {
    return wanted(this.peek()) ? this.take() : undefined;
  }

  /** The escape bytes of the map, and the opcode itself: rowPlace reads these. */
  skipOpcode(): void {
    if (this.take() !== '0F') return;
    this.takeIf((token) => token === '38' || token === '3A');
    this.take();
  }
}

export function parseRow(text: string): Row {
  const tokens = new Tokens(text);
  const vex = tokens.takeIf((token) => token.startsWith('VEX'));
  const prefix = tokens.takeIf((token) => token in MANDATORY);
  const size = tokens.takeIf((token) => /^o(16|32|64)$/.test(token));
  const rexB = tokens.takeIf((token) => /^b[01]$/.test(token));
  tokens.skipOpcode();
  const modrm = parseModrm(tokens);
  const mnemonic = tokens.take();
  const operands: OperandCode[] = [];
  while (tokens.peek() !== '' && !ATTRIBUTES.has(tokens.peek())) operands.push(parseOperandCode(tokens.take()));
  const attributes = new Set<string>();
  while (tokens.peek() !== '') attributes.add(tokens.take());
  if (mnemonic === '') throw new Error(`bad table row: ${text}`);
  return {
    text,
    ...rowPlace(text),
    mandatory: prefix === undefined ? Mandatory.Any : MANDATORY[prefix]!,
    size: size === undefined ? 0 : Number(size.slice(1)),
    rexB: rexB === undefined ? -1 : Number(rexB.slice(1)),
    vexL: vexField(vex, 'L'),
    vexW: vexField(vex, 'W'),
    usesVvvv: operands.some((code) => code.place === OperandPlace.VexXmm || code.place === OperandPlace.VexGpr),
    hasModrm: modrm !== undefined || operands.some((code) => code.usesModrm),
    modrm,
    mnemonic,
    operands,
    widths: attributes.has('d64') || attributes.has('f64') ? OPERAND_SIZES : rowWidths(operands),
    widthByLength: widthOperand(operands)?.byLength ?? false,
    immediateBytes: sumOfBytes(operands),
    lock: attributes.has('lock'),
    repeats: attributes.has('rep'),
    default64: attributes.has('d64'),
    forced64: attributes.has('f64'),
    ignoresMod: attributes.has('mod3'),
  };
}

const OPERAND_SIZES: Widths = [16, 32, 64];

/** The first operand that has a width and isn't an immediate or a port number. */
function widthOperand(operands: readonly OperandCode[]): OperandCode | undefined {
  return operands.find(
    (code) => code.place !== OperandPlace.Immediate && code.text !== 'DX' && ownWidths(code)[0] !== 0,
  );
}

function ownWidths(code: OperandCode): Widths {
  const isMemory =
    code.place === OperandPlace.Memory || (code.place >= OperandPlace.Offset && code.place <= OperandPlace.AtRbx);
  return isMemory ? code.memoryWidths : code.widths;
}

/** The width of that operand; else the operand size. */
function rowWidths(operands: readonly OperandCode[]): Widths {
  const code = widthOperand(operands);
  return code === undefined ? OPERAND_SIZES : ownWidths(code);
}

function vexField(vex: string | undefined, name: 'L' | 'W'): number {
  const digit = vex?.split('.').find((part) => part.startsWith(name))?.[1];
  return digit === undefined ? -1 : Number(digit);
}

function sumOfBytes(operands: readonly OperandCode[]): Widths {
  const sum = (size: 0 | 1 | 2) => operands.reduce((bytes, code) => bytes + code.bytes[size], 0);
  return [sum(0), sum(1), sum(2)];
}

function parseModrm(tokens: Tokens): ModrmPattern | undefined {
  const token = tokens.takeIf((candidate) => candidate.startsWith('/') || /^[0-9A-F]{2}(\+i)?$/.test(candidate));
  if (token === undefined) return undefined;
  if (!token.startsWith('/')) {
    const first = Number.parseInt(token, 16);
    return { digit: -1, mod: 'any', first, last: token.endsWith('+i') ? first + 7 : first };
  }
  const digit = token[1] === 'r' ? -1 : Number(token[1]);
  const mod = token[2] === 'm' ? 'memory' : token[2] === 'r' ? 'register' : 'any';
  return { digit, mod, first: -1, last: -1 };
}

/** Does a row with this pattern take this ModRM byte? */
export function matchesModrm(pattern: ModrmPattern | undefined, modrm: number): boolean {
  if (pattern === undefined) return true;
  if (pattern.first >= 0) return modrm >= pattern.first && modrm <= pattern.last;
  if (pattern.digit >= 0 && ((modrm >> 3) & 7) !== pattern.digit) return false;
  return pattern.mod === 'any' || (pattern.mod === 'register') === modrm >= 0xc0;
}

/** How narrow a row is: narrower rows win. */
export function specificity(row: Row): number {
  const vex = (row.vexL >= 0 ? 1 : 0) + (row.vexW >= 0 ? 1 : 0);
  const selectors =
    vex + (row.mandatory >= 0 ? 1 : 0) + (row.size ? 1 : 0) + (row.rexB >= 0 ? 1 : 0) + (row.span === 1 ? 1 : 0);
  if (row.modrm === undefined) return selectors;
  if (row.modrm.first >= 0) return selectors + 8 + (row.modrm.first === row.modrm.last ? 1 : 0);
  return selectors + (row.modrm.digit >= 0 ? 4 : 0) + (row.modrm.mod === 'any' ? 0 : 2);
}
