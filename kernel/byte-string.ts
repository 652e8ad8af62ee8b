/**
 * A ByteString is a string each of whose characters is one byte (0..255). File names, arguments and environment of
 * guest programs are arbitrary bytes; this form keeps every one of them and still compares, hashes and concatenates
 * as fast as any string. Convert only at the host's edge.
 */
export type ByteString = string;

/** Node converts in one call; every other host has what the language has, which takes several times as long. */
const ofNode = (globalThis as { readonly Buffer?: BufferConstructor }).Buffer;

/** Below this many characters a call costs more than it saves. */
const WORTH_A_CALL = 64;
/** Longest list of arguments that every engine takes. */
const PIECE = 4096;

export function bytesFromString(text: ByteString): Uint8Array {
  if (ofNode !== undefined && text.length > WORTH_A_CALL) return ofNode.from(text, 'latin1');
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function stringFromBytes(bytes: Uint8Array): ByteString {
  if (ofNode !== undefined) return ofNode.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return portableString(bytes);
}

/** As stringFromBytes, with the language alone. */
export function portableString(bytes: Uint8Array): ByteString {
  let text = '';
  for (let i = 0; i < bytes.length; i += PIECE) text += String.fromCharCode(...bytes.subarray(i, i + PIECE));
  return text;
}

/** Up to the first zero byte, as C has it; all of it where there is none. */
export function untilZero(text: ByteString): ByteString {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** UTF-8 text of the host → ByteString. */
export function toByteString(text: string): ByteString {
  return stringFromBytes(new TextEncoder().encode(text));
}

/** ByteString → host text; invalid UTF-8 becomes U+FFFD. */
export function toHostString(text: ByteString): string {
  return new TextDecoder().decode(bytesFromString(text));
}
