/** For tests: a kernel on a clock of its own, address spaces over real guest memory, and a regular file in an array. */
import { ArenaPool } from '../../cpu/memory/arena.ts';
import { FrameStore } from '../../cpu/memory/frame-store.ts';
import { PagedMemory } from '../../cpu/memory/paged-memory.ts';
import type { AttributeChange, Attributes, FileNode, FileServer, MappedContent } from '../file-server.ts';
import { bareAttributes, NodeKind } from '../file-server.ts';
import { Kernel } from '../kernel.ts';
import { Status } from '../status.ts';
import type { AddressSpace } from './address-space.ts';

export interface TestMachine {
  readonly kernel: Kernel;
  readonly frames: FrameStore;
  readonly pool: ArenaPool;
  createSpace(): AddressSpace;
  createMemory(): PagedMemory;
}

export function testMachine(traceMask = 0): TestMachine {
  const frames = new FrameStore();
  const pool = new ArenaPool();
  const host = { nowNs: () => 0, defer: () => {}, wakeAt: () => ({ cancel: () => {} }) };
  const kernel = new Kernel({ host, frames, traceMask });
  const createMemory = (): PagedMemory => new PagedMemory(pool);
  return { kernel, frames, pool, createMemory, createSpace: () => kernel.memory.createSpace(createMemory()) };
}

const refuse = (): Status => Status.NotDirectory;

/** A regular file; its content is public. */
export class ArrayFile implements FileNode {
  readonly server = {} as FileServer;
  readonly nodeId = 1;
  readonly kind = NodeKind.File;
  content: Uint8Array;
  holds = 0;
  modifiedNs = 0n;
  /** Calls of `write`. */
  writes = 0;
  mapped: MappedContent | undefined;
  shortened: ((sizeBytes: number) => void) | undefined;
  changing: ((position: number, length: number) => void) | undefined;

  constructor(content: Uint8Array) {
    this.content = content;
  }

  attributes(): Attributes {
    return {
      ...bareAttributes(this.kind),
      permissions: 0o755,
      sizeBytes: this.content.length,
      modifiedNs: this.modifiedNs,
      changedNs: this.modifiedNs,
    };
  }

  setAttributes({ sizeBytes }: AttributeChange): Status {
    if (sizeBytes !== undefined) {
      const content = new Uint8Array(sizeBytes);
      content.set(this.content.subarray(0, sizeBytes));
      this.content = content;
    }
    return Status.Ok;
  }

  read(position: number, into: Uint8Array): number {
    const part = this.content.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  write(position: number, from: Uint8Array): number {
    this.writes++;
    if (position + from.length > this.content.length) this.setAttributes({ sizeBytes: position + from.length });
    this.content.set(from, position);
    return from.length;
  }

  hold(): void {
    this.holds++;
  }

  drop(): void {
    this.holds--;
  }

  readonly lookup = refuse;
  readonly create = refuse;
  readonly link = refuse;
  readonly unlink = refuse;
  readonly rename = refuse;
  readonly list = refuse;
  readonly readLink = refuse;
}
