/**
 * The shared pages of one file: one set of frames, however many address spaces map the file shared. While a page has
 * a frame, the frame is the truth for that page: mappers write it in place, and whoever reads or writes the file by
 * calls goes through `contentOf(node)`, which is this object then, so that both sides see the same bytes.
 */
import { PAGE_SIZE } from '../../cpu/address.ts';
import type { Frame } from '../../cpu/memory/frame.ts';
import type { FileNode, MappedContent } from '../file-server.ts';
import { Status } from '../status.ts';
import type { FrameSource } from './frame-source.ts';

/** Pages of a private mapping read at once: most programs touch the neighbours of a page soon. */
export const READ_AHEAD_PAGES = 8;

/** Takes a part of a file away from those who map it: the next touch asks for it again. */
export type Withdraw = (node: FileNode, offset: number, endOffset: number) => void;

export class FilePages implements MappedContent {
  readonly node: FileNode;
  readonly #frames = new Map<number, Frame>();
  /** Pages some mapper has been allowed to write since they were last written back. */
  readonly #writable = new Set<number>();
  readonly #source: FrameSource;
  readonly #withdraw: Withdraw;

  constructor(node: FileNode, source: FrameSource, withdraw: Withdraw) {
    this.node = node;
    this.#source = source;
    this.#withdraw = withdraw;
  }

  get residentPages(): number {
    return this.#frames.size;
  }

  /** The frame of a page, read from the file at first use; undefined when no frame is left. */
  frame(page: number): Frame | undefined {
    let frame = this.#frames.get(page);
    if (frame === undefined) {
      frame = this.#source.allocate();
      if (frame === undefined) return undefined;
      const bytes = frame.forWriting();
      bytes.fill(0, Math.max(0, this.node.read(page * PAGE_SIZE, bytes)));
      this.#frames.set(page, frame);
    }
    return frame;
  }

  resident(page: number): Frame | undefined {
    return this.#frames.get(page);
  }

  noteWritable(page: number): void {
    this.#writable.add(page);
  }

  /**
   * Writes pages that may have been changed back to the file, never beyond its end. They are clean then, and taken away from
   * the mappers: the next write to one is noticed.
   */
  writeBack(offset: number, length: number): Status {
    const sizeBytes = this.node.attributes().sizeBytes;
    let result: Status = Status.Ok;
    for (const page of this.#writable) {
      const position = page * PAGE_SIZE;
      const frame = this.#frames.get(page);
      if (frame === undefined || position + PAGE_SIZE <= offset || position >= offset + length) continue;
      const count = Math.min(PAGE_SIZE, sizeBytes - position);
      if (count > 0 && this.node.write(position, frame.forReading().subarray(0, count)) < 0) {
        result = Status.InputOutput;
        continue;
      }
      this.#writable.delete(page);
      this.#withdraw(this.node, position, position + PAGE_SIZE);
    }
    return result;
  }

  /** FileNode.read, with the shared pages' present content. */
  read(position: number, into: Uint8Array): number {
    const count = this.node.read(position, into);
    if (count > 0) {
      this.#overlap(position, count, (frame, inFrame, inBuffer, length) =>
        into.set(frame.forReading().subarray(inFrame, inFrame + length), inBuffer),
      );
    }
    return count;
  }

  /** FileNode.write, seen by the mappers as well. */
  write(position: number, from: Uint8Array): number {
    const count = this.node.write(position, from);
    if (count > 0) {
      this.#overlap(position, count, (frame, inFrame, inBuffer, length) =>
        frame.forWriting().set(from.subarray(inBuffer, inBuffer + length), inFrame),
      );
    }
    return count;
  }

  /** The file got shorter: what is beyond its end reads as zero should it grow again. */
  truncated(sizeBytes: number): void {
    for (const [page, frame] of this.#frames) {
      const keep = sizeBytes - page * PAGE_SIZE;
      if (keep < PAGE_SIZE) frame.forWriting().fill(0, Math.max(0, keep));
    }
  }

  zeroed(position: number, length: number): void {
    for (const [page, frame] of this.#frames) {
      const start = page * PAGE_SIZE;
      const from = Math.max(0, position - start);
      const to = Math.min(PAGE_SIZE, position + length - start);
      if (from < to) frame.forWriting().fill(0, from, to);
    }
  }

  dispose(): void {
    for (const frame of this.#frames.values()) this.#source.release(frame);
    this.#frames.clear();
    this.#writable.clear();
  }

  #overlap(
    position: number,
    count: number,
    copy: (frame: Frame, inFrame: number, inBuffer: number, length: number) => void,
  ): void {
    for (let done = 0; done < count;) {
      const inFrame = (position + done) % PAGE_SIZE;
      const length = Math.min(PAGE_SIZE - inFrame, count - done);
      const frame = this.#frames.get(Math.floor((position + done) / PAGE_SIZE));
      if (frame !== undefined) copy(frame, inFrame, done, length);
      done += length;
    }
  }
}

/** The files that are mapped shared right now. */
export class FilePagesRegistry {
  /** For reading pages on their way into a guest memory. */
  readonly scratch = new Uint8Array(READ_AHEAD_PAGES * PAGE_SIZE);
  readonly #source: FrameSource;
  readonly #withdraw: Withdraw;
  readonly #users = new Map<FilePages, number>();

  constructor(source: FrameSource, withdraw: Withdraw) {
    this.#source = source;
    this.#withdraw = withdraw;
  }

  get size(): number {
    return this.#users.size;
  }

  /** The pages of a file: new ones unless it is mapped. */
  of(node: FileNode): FilePages {
    return node.mapped instanceof FilePages ? node.mapped : new FilePages(node, this.#source, this.#withdraw);
  }

  acquire(node: FileNode): FilePages {
    const filePages = this.of(node);
    node.mapped = filePages;
    this.#users.set(filePages, (this.#users.get(filePages) ?? 0) + 1);
    return filePages;
  }

  /** The last user's going writes everything back. */
  release(pages: FilePages): void {
    const users = this.#users.get(pages);
    if (users === undefined) throw new Error('file pages released twice');
    if (users > 1) {
      this.#users.set(pages, users - 1);
      return;
    }
    pages.writeBack(0, Infinity);
    pages.node.mapped = undefined;
    pages.dispose();
    this.#users.delete(pages);
  }
}
