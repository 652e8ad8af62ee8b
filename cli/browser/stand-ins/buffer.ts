/**
 * In place of `node:buffer` in a browser's bundle: of Buffer, what memfs's inode layer uses (rootfs/memfs/core.ts). Everything else about Buffer is
 * left out, so that who needs more fails at once.
 */
export class Buffer extends Uint8Array {
  static allocUnsafe(length: number): Buffer {
    return new Buffer(length);
  }

  static isBuffer(value: unknown): value is Buffer {
    return value instanceof Buffer;
  }

  copy(target: Uint8Array, targetStart = 0, start = 0, end = this.length): number {
    const part = this.subarray(start, Math.min(end, start + target.length - targetStart));
    target.set(part, targetStart);
    return part.length;
  }
}
