/** Classes of bytes as the line discipline sees them: Latin-1, whatever the locale. Source: lib/ctype.c; include/linux/ctype.h. */

export const NEWLINE = 0x0a;
export const RETURN = 0x0d;
export const TAB = 0x09;
export const BACKSPACE = 0x08;
export const SPACE = 0x20;
export const CARET = 0x5e;
export const SLASH = 0x2f;
export const BACKSLASH = 0x5c;

const CASE_BIT = 0x20;
const MULTIPLICATION_SIGN = 0xd7;
const DIVISION_SIGN = 0xf7;

export function isControl(byte: number): boolean {
  return byte < SPACE || byte === 0x7f;
}

/** Second and later bytes of a UTF-8 sequence take no column of their own. */
export function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** What word erase takes for a part of a word. */
export function isWordByte(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x5f || isUpper(byte) || isLower(byte);
}

export function toLower(byte: number): number {
  return isUpper(byte) ? byte + CASE_BIT : byte;
}

export function toUpper(byte: number): number {
  return isLower(byte) ? byte - CASE_BIT : byte;
}

function isUpper(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0xc0 && byte <= 0xde && byte !== MULTIPLICATION_SIGN);
}

function isLower(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0xdf && byte !== DIVISION_SIGN);
}
