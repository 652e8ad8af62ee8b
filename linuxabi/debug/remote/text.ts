/** How the remote protocol writes things: numbers and bytes as hexadecimal digits, binary data as it is. */
import type { ByteString } from '../../../kernel/byte-string.ts';

/** Errors are shown to the user as numbers; these are errno's. */
export const errorReply = (errno: number): string => `E${errno.toString(16).padStart(2, '0')}`;

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function fromHex(digits: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor(digits.length / 2));
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export function hexText(text: ByteString): string {
  return toHex(bytesOf(text));
}

export function bytesOf(text: ByteString): Uint8Array {
  return Uint8Array.from(text, (byte) => byte.charCodeAt(0));
}

export function textOf(bytes: Uint8Array): ByteString {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

/** An address or a length; beyond 2^53 rounded, which is outside of every program; 0 for what is no number. */
export function fromHexNumber(digits: string): number {
  return Number.parseInt(digits.replace(/^-/, ''), 16) || 0;
}

/** `OFFSET,LENGTH` of an object that is read piece by piece: the piece, after m (there is more) or l (the last). */
export function piece(whole: Uint8Array, range: string): ByteString {
  const [offset = 0, length = 0] = range.split(',').map(fromHexNumber);
  const part = whole.subarray(offset, offset + length);
  return (offset + length < whole.length ? 'm' : 'l') + textOf(part);
}
