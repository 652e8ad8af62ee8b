/**
 * The tables made into a dense lookup: opcode map, opcode and a selector (mandatory prefix, operand size, REX.B) give a row, or a second table by ModRM byte.
 * An opcode's rows are parsed when it is first met: a short program meets a hundred of the thousand. What is built never changes.
 */
import { matchesModrm, OpcodeMap, parseRow, rowLines, rowPlace, specificity, type Row } from './row.ts';
import { avxRows } from './tables/avx.ts';
import { bmiRows } from './tables/bmi.ts';
import { cryptoRows } from './tables/crypto.ts';
import { fmaRows } from './tables/fma.ts';
import { integerRows } from './tables/integer.ts';
import { mmxRows } from './tables/mmx.ts';
import { sse4Rows } from './tables/sse4.ts';
import { sseRows } from './tables/sse.ts';
import { systemRows } from './tables/system.ts';
import { x87Rows } from './tables/x87.ts';

const MAPS = 7;
/** Selector: mandatory prefix (2 bits), operand-size index 0..2 (2 bits; in the VEX maps W and L), REX.B (1 bit). */
const SELECTORS = 32;
/** Entries from here on are ModRM tables, below are rows; 0 is no row. */
const TABLES = 0x8000;
const UNBUILT = 0xffff;

const LEGACY = [integerRows, systemRows, x87Rows, mmxRows, sseRows, sse4Rows, cryptoRows];
/** Tables of the VEX maps: looked at when the first VEX prefix is met. */
const VEX = [bmiRows, avxRows, fmaRows];

/** Lines of some tables by map and opcode. */
class OpcodeIndex {
  readonly lines: readonly string[];
  readonly #byOpcode = new Map<number, string[]>();

  constructor(tables: readonly string[]) {
    this.lines = tables.flatMap(rowLines);
    for (const line of this.lines) {
      const { map, opcode, span } = rowPlace(line);
      for (let key = map * 256 + opcode; key < map * 256 + opcode + span; key++) {
        const known = this.#byOpcode.get(key);
        if (known === undefined) this.#byOpcode.set(key, [line]);
        else known.push(line);
      }
    }
  }

  linesOf(key: number): readonly string[] {
    return this.#byOpcode.get(key) ?? [];
  }
}

const legacy = new OpcodeIndex(LEGACY);
let vex: OpcodeIndex | undefined;

function vexIndex(): OpcodeIndex {
  vex ??= new OpcodeIndex(VEX);
  return vex;
}

const parsed = new Map<string, Row>();
/** Row `index - 1` is meant by an entry `index`. */
const rows: Row[] = [];
const primary = new Uint16Array(MAPS * 256 * SELECTORS).fill(UNBUILT);
const modrmTables: ModrmTable[] = [];

/** Rows that the ModRM byte decides between; entries are filled in as bytes are met. */
interface ModrmTable {
  readonly candidates: readonly number[];
  readonly entries: Uint16Array;
}

/** Every row of the tables, in their order: for generators and coverage tests. */
export function allEncodings(): readonly Row[] {
  return [...legacy.lines, ...vexIndex().lines].map(rowOf);
}

/** Every mnemonic the decoder can give, sorted. */
export function allMnemonics(): string[] {
  return [...new Set(allEncodings().map((row) => row.mnemonic))].sort();
}

/** The row for an opcode, or undefined. `modrm` is the byte after the opcode, which counts only where the rows differ by it. */
export function findRow(map: number, opcode: number, selector: number, modrm: number): Row | undefined {
  const entry = entryOf(map, opcode, selector);
  if (entry < TABLES) return rows[entry - 1];
  const { candidates, entries } = modrmTables[entry - TABLES]!;
  if (entries[modrm] === UNBUILT) {
    // The narrowest row comes last and wins.
    entries[modrm] = candidates.findLast((index) => matchesModrm(rows[index - 1]!.modrm, modrm)) ?? 0;
  }
  return rows[entries[modrm]! - 1];
}

/** Does the lookup look at the ModRM byte for this opcode? Then it is fetched even where it turns out invalid. */
export function needsModrm(map: number, opcode: number, selector: number): boolean {
  return entryOf(map, opcode, selector) >= TABLES;
}

function entryOf(map: number, opcode: number, selector: number): number {
  const key = map * 256 + opcode;
  const entry = primary[key * SELECTORS + selector]!;
  if (entry !== UNBUILT) return entry;
  build(key);
  return primary[key * SELECTORS + selector]!;
}

function rowOf(line: string): Row {
  let row = parsed.get(line);
  if (row === undefined) parsed.set(line, (row = parseRow(line)));
  return row;
}

/** Fills in every selector of one opcode. */
function build(key: number): void {
  const index = key >= OpcodeMap.Vex0F * 256 ? vexIndex() : legacy;
  const found = index
    .linesOf(key)
    .map(rowOf)
    .sort((a, b) => specificity(a) - specificity(b));
  const indexes = found.map((row) => rows.push(row));
  const first = key * SELECTORS;
  if (found.every(isUnselective)) primary.fill(makeEntry(indexes), first, first + SELECTORS);
  else buildSelected(indexes, first);
}

function isUnselective(row: Row): boolean {
  return row.mandatory < 0 && row.size === 0 && row.rexB < 0;
}

/** Selectors that leave the same rows share one entry. */
function buildSelected(candidates: readonly number[], first: number): void {
  const made = new Map<string, number>();
  for (let selector = 0; selector < SELECTORS; selector++) {
    const indexes = candidates.filter((index) => matchesSelector(rows[index - 1]!, selector));
    const key = indexes.join();
    let entry = made.get(key);
    if (entry === undefined) made.set(key, (entry = makeEntry(indexes)));
    primary[first + selector] = entry;
  }
}

function matchesSelector(row: Row, selector: number): boolean {
  if (row.mandatory >= 0 && row.mandatory !== (selector & 3)) return false;
  if (row.vexW >= 0 && row.vexW !== ((selector >> 2) & 1)) return false;
  if (row.vexL >= 0 && row.vexL !== ((selector >> 3) & 1)) return false;
  if (row.size !== 0 && row.size !== 16 << ((selector >> 2) & 3)) return false;
  return row.rexB < 0 || row.rexB === selector >> 4;
}

/** The narrowest row comes last; only a row with a ModRM pattern leaves room for others. */
function makeEntry(indexes: readonly number[]): number {
  const last = indexes.at(-1);
  if (last === undefined) return 0;
  if (rows[last - 1]!.modrm === undefined) return last;
  return TABLES + modrmTables.push({ candidates: indexes, entries: new Uint16Array(256).fill(UNBUILT) }) - 1;
}
