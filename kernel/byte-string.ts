/**
 * A ByteString is a string each of whose characters is one byte (0..255). File names, arguments and environment of
 * guest programs are arbitrary bytes; this form keeps every one of them and still compares, hashes and concatenates
 * as fast as any string. Convert only at the host's edge.
 */
export type ByteString = string;

export function bytesFromString(text: ByteString): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function stringFromBytes(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** UTF-8 text of the host → ByteString. */
export function toByteString(text: string): ByteString {
  return stringFromBytes(new TextEncoder().encode(text));
}

/** ByteString → host text; invalid UTF-8 becomes U+FFFD. */
export function toHostString(text: ByteString): string {
  return new TextDecoder().decode(bytesFromString(text));
}
