/** The tool's side of a stream: a connection for one program, log or copy. Few modules, because people wait for it. */
import { connect, type Socket } from 'node:net';
import { FrameSocket, type FrameReceiver } from './frames.ts';
import { isRecord } from './protocol.ts';

const NEWLINE = 10;
const ANSWER_LIMIT = 64 * 1024;

export interface OpenStream {
  /** What the machine answered. */
  readonly result: unknown;
  readonly frames: FrameSocket;
  /** To be called once, in the turn the stream was opened in or later: nothing is read before. */
  begin(receiver: FrameReceiver): void;
}

/** Rejects with the machine's own words when it refuses, and with ENOENT or ECONNREFUSED when there is none. */
export async function openStream(address: string, method: string, params: object): Promise<OpenStream> {
  const socket = connect(address);
  const early = new EarlyBytes(socket);
  socket.write(`${JSON.stringify({ id: 1, method, params })}\n`);
  const answer: unknown = JSON.parse(await early.line());
  if (!isRecord(answer)) throw new Error('the machine answers nonsense');
  if ('error' in answer) {
    socket.destroy();
    throw new Error(String(answer['error']));
  }
  const frames = new FrameSocket(socket);
  return { result: answer['result'], frames, begin: (receiver) => frames.begin(receiver, early.release()) };
}

/**
 * What arrives before somebody takes frames: the answer's line, and what comes behind it. (A socket that is paused and loses its listeners
 * meanwhile may lose data too.) The other end sends no more than a window ahead.
 */
class EarlyBytes {
  readonly #socket: Socket;
  readonly #line: Promise<string>;
  #seen: Buffer = Buffer.alloc(0);
  #isAnswered = false;
  #settle: (line: string) => void = () => undefined;
  #fail: (failure: Error) => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#line = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
    socket.on('data', this.#take);
    socket.on('error', this.#fail);
    socket.on('close', this.#closed);
  }

  line(): Promise<string> {
    return this.#line;
  }

  /** What came behind the line. From now on the socket is another's. */
  release(): Uint8Array {
    this.#socket.off('data', this.#take);
    this.#socket.off('close', this.#closed);
    return this.#seen;
  }

  readonly #take = (chunk: Buffer): void => {
    const before = this.#seen.length;
    this.#seen = Buffer.concat([this.#seen, chunk]);
    if (this.#isAnswered) return;
    const end = this.#seen.indexOf(NEWLINE, before);
    if (end < 0 && this.#seen.length <= ANSWER_LIMIT) return;
    if (end < 0) {
      this.#fail(new Error('the machine answers nonsense'));
      this.#socket.destroy();
      return;
    }
    this.#isAnswered = true;
    this.#settle(this.#seen.toString('utf8', 0, end));
    this.#seen = this.#seen.subarray(end + 1);
  };

  readonly #closed = (): void => this.#fail(new Error('the machine has ended'));
}
