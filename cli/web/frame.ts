/**
 * What goes over a socket as binary: the bytes of terminals, and word that they have been taken. The first byte says which, two name the channel
 * (big-endian). Everything else is JSON (messages.ts). Both sides use this file.
 */
export const FrameKind = { Data: 0, Taken: 1 } as const;

const HEADER_BYTES = 3;
const COUNT_BYTES = 4;
const LAST_CHANNEL = 0xffff;

export type Frame =
  | { readonly kind: 'data'; readonly channel: number; readonly bytes: Uint8Array }
  /** So many bytes of the channel have been dealt with: as many more may be sent. */
  | { readonly kind: 'taken'; readonly channel: number; readonly count: number };

export function dataFrame(channel: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = start(FrameKind.Data, channel, bytes.length);
  frame.set(bytes, HEADER_BYTES);
  return frame;
}

export function takenFrame(channel: number, count: number): Uint8Array<ArrayBuffer> {
  const frame = start(FrameKind.Taken, channel, COUNT_BYTES);
  new DataView(frame.buffer).setUint32(HEADER_BYTES, count);
  return frame;
}

function start(kind: number, channel: number, length: number): Uint8Array<ArrayBuffer> {
  if (!(channel >= 0 && channel <= LAST_CHANNEL)) throw new RangeError(`there is no channel ${channel}`);
  const frame = new Uint8Array(HEADER_BYTES + length);
  frame[0] = kind;
  new DataView(frame.buffer).setUint16(1, channel);
  return frame;
}

/** Undefined when it is none. The bytes are a view of the frame's. */
export function parseFrame(frame: Uint8Array): Frame | undefined {
  if (frame.length < HEADER_BYTES) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const channel = view.getUint16(1);
  if (frame[0] === FrameKind.Data) return { kind: 'data', channel, bytes: frame.subarray(HEADER_BYTES) };
  if (frame[0] !== FrameKind.Taken || frame.length !== HEADER_BYTES + COUNT_BYTES) return undefined;
  return { kind: 'taken', channel, count: view.getUint32(HEADER_BYTES) };
}
