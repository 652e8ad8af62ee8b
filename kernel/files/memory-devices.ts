/** Devices that are only a rule for bytes: null, zero, full, random. */
import type { FileNode } from '../file-server.ts';
import { Ready } from '../open-file.ts';
import type { OpenFile } from '../open-file.ts';
import { Status } from '../status.ts';
import { WaitQueue } from '../wait-queue.ts';

/** Bytes that come out of a read, and what becomes of bytes written. */
export interface ByteRule {
  /** Fills the buffer and answers how many bytes came. */
  produce(into: Uint8Array): number;
  /** Bytes taken, or a Status. */
  consume(from: Uint8Array): number;
}

const swallow = (from: Uint8Array): number => from.length;
const zeros = (into: Uint8Array): number => {
  into.fill(0);
  return into.length;
};

export const nullRule: ByteRule = { produce: () => 0, consume: swallow };
export const zeroRule: ByteRule = { produce: zeros, consume: swallow };
export const fullRule: ByteRule = { produce: zeros, consume: (from) => (from.length === 0 ? 0 : Status.NoSpace) };

/** `fill` gives random bytes for at most 64 KiB at a time, as the Web's getRandomValues does. */
export function randomRule(fill: (into: Uint8Array<ArrayBuffer>) => void): ByteRule {
  return {
    produce(into) {
      const bytes = new Uint8Array(Math.min(into.length, 65536));
      for (let done = 0; done < into.length; done += bytes.length) {
        fill(bytes);
        into.set(bytes.subarray(0, into.length - done), done);
      }
      return into.length;
    },
    consume: swallow,
  };
}

export class RuleDevice implements OpenFile {
  readonly node: FileNode;
  readonly waitQueue = new WaitQueue();
  readonly #rule: ByteRule;

  constructor(node: FileNode, rule: ByteRule) {
    this.node = node;
    this.#rule = rule;
  }

  read(into: Uint8Array): number {
    return this.#rule.produce(into);
  }

  write(from: Uint8Array): number {
    return this.#rule.consume(from);
  }

  readAt(_position: number, into: Uint8Array): number {
    return this.#rule.produce(into);
  }

  writeAt(_position: number, from: Uint8Array): number {
    return this.#rule.consume(from);
  }

  /** The memory devices of Linux accept every seek and stay at 0. Source: drivers/char/mem.c, null_lseek. */
  seek(): number {
    return 0;
  }

  readiness(): number {
    return Ready.Readable | Ready.Writable;
  }

  retain(): void {}

  release(): void {}
}
