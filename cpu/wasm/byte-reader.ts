/** Reads the binary format's numbers. Source: WebAssembly Core Specification 2.0, 5.2. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = start;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    return this.#view.getUint8(this.at++);
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** A signed number of up to 64 bits. */
  signed(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(Number(shift) + 7, value);
    }
  }

  f32(): number {
    return this.#view.getFloat32((this.at += 4) - 4, true);
  }

  f64(): number {
    return this.#view.getFloat64((this.at += 8) - 8, true);
  }

  bytes(count: number): Uint8Array {
    return this.#bytes.subarray(this.at, (this.at += count));
  }

  /** A list of them, after their number. */
  list<T>(read: () => T): T[] {
    return Array.from({ length: this.u32() }, read);
  }

  name(): string {
    return new TextDecoder().decode(this.bytes(this.u32()));
  }

  /** What follows, after its length in bytes. */
  part(): ByteReader {
    const length = this.u32();
    const part = new ByteReader(this.#bytes, this.at, this.at + length);
    this.at += length;
    return part;
  }
}
