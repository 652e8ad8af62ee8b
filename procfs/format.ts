/** Numbers and columns as the kernel's printf writes them. */
import type { SignalWords } from './capabilities.ts';

export const PAGE_BYTES = 4096;
export const KIB_PER_PAGE = 4;
const NS_PER_TICK = 1e7;

/** %*d */
export function right(value: number | string, width: number): string {
  return String(value).padStart(width);
}

/** %-*s */
export function left(value: number | string, width: number): string {
  return String(value).padEnd(width);
}

/** %0*x */
export function hex(value: number, width = 1): string {
  return value.toString(16).padStart(width, '0');
}

/** %016llx of a set of 64 bits. */
export function hexWords([low, high]: SignalWords): string {
  return hex(high >>> 0, 8) + hex(low >>> 0, 8);
}

/** Clock ticks of 1/100 s, as proc and times(2) count. */
export function ticks(ns: number): number {
  return Math.floor(ns / NS_PER_TICK);
}

/** Seconds with two digits, cut, not rounded. */
export function seconds2(ns: number): string {
  const hundredths = Math.floor(ns / NS_PER_TICK);
  return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`;
}

export function kib(bytes: number): number {
  return Math.floor(bytes / 1024);
}

/** `Name:%8d kB` as status has it. */
export function kibLine(name: string, value: number): string {
  return `${name}:\t${right(value, 8)} kB\n`;
}

/** Characters that would break a line or a field, in octal. Source: fs/seq_file.c, mangle_path. */
export function mangle(text: string, characters: string): string {
  let out = '';
  for (const character of text) out += characters.includes(character) ? octal(character) : character;
  return out;
}

function octal(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

/** A decimal integer with white space around it; undefined when it is none. Source: lib/kstrtox.c. */
export function parseInteger(text: string): number | undefined {
  const trimmed = text.replace(/\0.*$/s, '').trim();
  if (!/^[+-]?(0x[0-9a-f]+|[0-9]+)$/i.test(trimmed)) return undefined;
  const negative = trimmed.startsWith('-');
  const digits = trimmed.replace(/^[+-]/, '');
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return negative ? -value : value;
}
