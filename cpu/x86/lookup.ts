/**
 * The tables made into a dense lookup: opcode map, opcode and a selector (mandatory prefix, operand size, REX.B) give a row, or a second table by ModRM byte.
 * Built once, at import; immutable afterwards.
 */
import { matchesModrm, parseRows, specificity, type Row } from './row.ts';
import { integerRows } from './tables/integer.ts';
import { mmxRows } from './tables/mmx.ts';
import { sse4Rows } from './tables/sse4.ts';
import { sseRows } from './tables/sse.ts';
import { systemRows } from './tables/system.ts';
import { x87Rows } from './tables/x87.ts';

const MAPS = 7;
/** Selector: mandatory prefix (2 bits), operand-size index 0..2 (2 bits), REX.B (1 bit). */
const SELECTORS = 32;
/** Entries from here on are ModRM tables, below are rows; 0 is no row. */
const TABLES = 0x8000;

const rows: readonly Row[] = [integerRows, systemRows, x87Rows, mmxRows, sseRows, sse4Rows].flatMap(parseRows);

/** Every row of the tables, in their order: for generators and coverage tests. */
export function allEncodings(): readonly Row[] {
  return rows;
}

/** Every mnemonic the decoder can give, sorted. */
export function allMnemonics(): string[] {
  return [...new Set(rows.map((row) => row.mnemonic))].sort();
}

const narrowestLast = [...rows].sort((a, b) => specificity(a) - specificity(b));
/** Row `index - 1` of narrowestLast is meant by an entry `index`. */
const primary = new Uint16Array(MAPS * 256 * SELECTORS);
const modrmTables: Uint16Array[] = [];

/** The row for an opcode, or undefined. `modrm` is the byte after the opcode, which counts only where the rows differ by it. */
export function findRow(map: number, opcode: number, selector: number, modrm: number): Row | undefined {
  const entry = primary[(map * 256 + opcode) * SELECTORS + selector]!;
  if (entry < TABLES) return narrowestLast[entry - 1];
  return narrowestLast[modrmTables[entry - TABLES]![modrm]! - 1];
}

/** Does the lookup look at the ModRM byte for this opcode? Then it is fetched even where it turns out invalid. */
export function needsModrm(map: number, opcode: number, selector: number): boolean {
  return primary[(map * 256 + opcode) * SELECTORS + selector]! >= TABLES;
}

function build(): void {
  for (const candidates of rowsByOpcode().values()) {
    const first = candidates[0]!.opcode * SELECTORS;
    if (candidates.every(({ index }) => isUnselective(narrowestLast[index - 1]!))) {
      primary.fill(makeEntry(candidates.map(({ index }) => index)), first, first + SELECTORS);
    } else buildSelected(candidates, first);
  }
}

function isUnselective(row: Row): boolean {
  return row.mandatory < 0 && row.size === 0 && row.rexB < 0;
}

/** Selectors that leave the same rows share one entry. */
function buildSelected(candidates: readonly Candidate[], first: number): void {
  const made = new Map<string, number>();
  for (let selector = 0; selector < SELECTORS; selector++) {
    const indexes: number[] = [];
    for (const { index } of candidates) if (matchesSelector(narrowestLast[index - 1]!, selector)) indexes.push(index);
    const key = indexes.join();
    let entry = made.get(key);
    if (entry === undefined) made.set(key, (entry = makeEntry(indexes)));
    primary[first + selector] = entry;
  }
}

interface Candidate {
  /** Map and opcode in one. */
  readonly opcode: number;
  readonly index: number;
}

function rowsByOpcode(): Map<number, Candidate[]> {
  const found = new Map<number, Candidate[]>();
  narrowestLast.forEach((row, at) => {
    for (let i = 0; i < row.span; i++) {
      const opcode = row.map * 256 + row.opcode + i;
      const candidates = found.get(opcode) ?? [];
      candidates.push({ opcode, index: at + 1 });
      found.set(opcode, candidates);
    }
  });
  return found;
}

function matchesSelector(row: Row, selector: number): boolean {
  if (row.mandatory >= 0 && row.mandatory !== (selector & 3)) return false;
  if (row.size !== 0 && row.size !== 16 << ((selector >> 2) & 3)) return false;
  return row.rexB < 0 || row.rexB === selector >> 4;
}

function makeEntry(indexes: readonly number[]): number {
  const last = indexes.at(-1);
  if (last === undefined) return 0;
  if (narrowestLast[last - 1]!.modrm === undefined) return last;
  const table = new Uint16Array(256);
  for (const index of indexes) {
    const pattern = narrowestLast[index - 1]!.modrm;
    for (let modrm = 0; modrm < 256; modrm++) if (matchesModrm(pattern, modrm)) table[modrm] = index;
  }
  return TABLES + modrmTables.push(table) - 1;
}

build();
