/**
 * What a connection of the control socket carries once a stream method has been answered: frames in both directions. A frame is its kind
 * (1 byte), its channel (1 byte), the length of its payload (4 bytes, little endian) and the payload.
 *
 * Channels 0, 1 and 2 are a program's standard streams. Who sends Data may be WINDOW bytes ahead of what the other end says it has taken
 * (Taken), per channel: so a full pipe behind one of them holds up neither the others nor signals and sizes.
 */
import type { Socket } from 'node:net';

export const FrameKind = {
  /** Bytes of a channel. May arrive in pieces. */
  Data: 1,
  /** So many bytes of a channel have been taken (4 bytes, little endian). */
  Taken: 2,
  /** No more bytes of this channel are sent; of a channel one receives: nobody takes them any more. */
  End: 3,
  /** Size of the terminal: columns and rows, 2 bytes each, little endian. */
  Resize: 4,
  /** A signal for the program, its number in Linux (1 byte). */
  Signal: 5,
  /** The program has ended; its output may go on (SessionEnd as JSON). */
  Exited: 6,
  /** Nothing comes any more (JSON: SessionEnd, or what the method says). */
  Ended: 7,
  /** The sender leaves the program to itself; the other end answers by what brings a terminal back, and Ended. */
  Detach: 8,
  /** A file of a copy begins (FileEntry as JSON). */
  File: 9,
  /** Something went wrong: text for the user. */
  Failure: 10,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** Bytes under way per channel. */
export const WINDOW = 1024 * 1024;
const HEADER = 6;
/** Longest payload that is put together: a File entry with a long path. */
const PAYLOAD_LIMIT = 64 * 1024;
const DATA_LIMIT = 16 * 1024 * 1024;
const EMPTY = new Uint8Array(0);

export interface FrameReceiver {
  frame(kind: number, channel: number, payload: Uint8Array): void;
  /** The connection is gone: by the other end, or because it sent what makes no sense. */
  closed(): void;
}

export class FrameSocket {
  readonly #socket: Socket;
  #receiver: FrameReceiver | undefined;
  readonly #header = Buffer.alloc(HEADER);
  #headerBytes = 0;
  /** Payload bytes that are still to come. */
  #left = 0;
  #parts: Uint8Array[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Begins to receive; `first` are bytes that came with the answer. */
  begin(receiver: FrameReceiver, first: Uint8Array = EMPTY): void {
    this.#receiver = receiver;
    this.#socket.on('data', (chunk) => this.#receive(chunk as Buffer));
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('close', () => this.#close());
    if (this.#socket.destroyed) process.nextTick(() => this.#close());
    if (first.length > 0) this.#receive(Buffer.from(first.buffer, first.byteOffset, first.length));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** The payload belongs to the socket until it is sent: nobody writes into it any more. */
  send(kind: FrameKind, channel: number, payload: Uint8Array = EMPTY): void {
    if (!this.isOpen) return;
    const header = Buffer.allocUnsafe(HEADER);
    header[0] = kind;
    header[1] = channel;
    header.writeUInt32LE(payload.length, 2);
    if (payload.length === 0) {
      this.#socket.write(header);
      return;
    }
    this.#socket.cork();
    this.#socket.write(header);
    this.#socket.write(payload);
    this.#socket.uncork();
  }

  sendCount(kind: FrameKind, channel: number, count: number): void {
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt32LE(count);
    this.send(kind, channel, payload);
  }

  sendJson(kind: FrameKind, value: unknown): void {
    this.send(kind, 0, Buffer.from(JSON.stringify(value)));
  }

  /** Sends what has been given to it, then closes. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#receiver !== undefined) {
      if (this.#headerBytes < HEADER) {
        const count = chunk.copy(this.#header, this.#headerBytes, at, at + HEADER - this.#headerBytes);
        this.#headerBytes += count;
        at += count;
        if (this.#headerBytes === HEADER && !this.#beginFrame()) return;
        continue;
      }
      const piece = chunk.subarray(at, at + this.#left);
      at += piece.length;
      this.#take(piece);
    }
  }

  #beginFrame(): boolean {
    this.#left = this.#header.readUInt32LE(2);
    if (this.#left > (this.#header[0] === FrameKind.Data ? DATA_LIMIT : PAYLOAD_LIMIT)) {
      this.#socket.destroy();
      return false;
    }
    if (this.#left === 0) this.#deliver(EMPTY);
    return true;
  }

  #take(piece: Uint8Array): void {
    this.#left -= piece.length;
    if (this.#header[0] === FrameKind.Data) {
      if (this.#left === 0) this.#headerBytes = 0;
      this.#receiver?.frame(FrameKind.Data, this.#header[1]!, piece);
      return;
    }
    this.#parts.push(piece);
    if (this.#left > 0) return;
    const payload = this.#parts.length === 1 ? piece : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#deliver(payload);
  }

  #deliver(payload: Uint8Array): void {
    this.#headerBytes = 0;
    this.#receiver?.frame(this.#header[0]!, this.#header[1]!, payload);
  }

  #close(): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.closed();
  }
}

/** The number of a Taken frame; 0 when it is none. */
export function countOf(payload: Uint8Array): number {
  return payload.length === 4 ? new DataView(payload.buffer, payload.byteOffset).getUint32(0, true) : 0;
}

export function sizePayload(columns: number, rows: number): Uint8Array {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt16LE(Math.min(columns, 0xffff), 0);
  payload.writeUInt16LE(Math.min(rows, 0xffff), 2);
  return payload;
}

/** Undefined when it is none. */
export function sizeOf(payload: Uint8Array): { readonly columns: number; readonly rows: number } | undefined {
  if (payload.length !== 4) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset);
  return { columns: view.getUint16(0, true), rows: view.getUint16(2, true) };
}

/** The value of a frame that carries JSON; undefined when it does not. */
export function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    return undefined;
  }
}
