/**
 * Names of the applets of a busybox binary, read from its own table: zero-terminated names in ASCII order that begin with
 * "[" and "[[", ended by an empty one. Reading it needs neither a CPU nor a shell. Source: busybox, include/applet_tables.h.
 */
const TABLE_START = Uint8Array.of(0x5b, 0, 0x5b, 0x5b, 0);

export function appletNames(binary: Uint8Array): readonly string[] {
  const start = Buffer.from(binary.buffer, binary.byteOffset, binary.byteLength).indexOf(TABLE_START);
  if (start < 0) return [];
  const names: string[] = [];
  for (let at = start; binary[at] !== 0;) {
    const end = binary.indexOf(0, at);
    names.push(String.fromCharCode(...binary.subarray(at, end)));
    at = end + 1;
  }
  return names;
}
