/**
 * One open page: its requests are answered (in the order in which answers are ready), events are sent to it, terminals are attached to it on
 * channels. What it sends is not to be trusted: a message that is none ends the connection, and costs nobody else anything.
 */
import type { WebSocket } from 'ws';
import type { Params } from '../control/params.ts';
import { isRecord, parseRequest } from '../control/protocol.ts';
import type { TerminalSize } from '../serve/terminal-viewer.ts';
import { dataFrame, parseFrame } from './frame.ts';
import type { WebAnswer, WebEvent } from './messages.ts';

/** Requests under way. */
const MOST_REQUESTS = 64;
/** Bytes that the connection has not taken yet, from which on what can be left out is left out. */
const BEHIND_BYTES = 512 * 1024;
/** A page that does not answer for so long has gone. */
const HEARTBEAT_MS = 15_000;
/** Source: RFC 6455, 7.4.1. */
const POLICY_VIOLATION = 1008;

/** What it throws is told to the page. */
export type PageHandler = (params: Params) => unknown;

/** What the page does with terminals' bytes. */
export interface PageChannel {
  input(bytes: Uint8Array): void;
  /** The page has dealt with so many bytes of the terminal's. */
  taken(count: number): void;
  resize(size: TerminalSize): void;
  /** The page does not want it any more. */
  close(): void;
}

export class WebClient {
  readonly channels = new Map<number, PageChannel>();
  /** Called when the page has gone. */
  readonly onClose = new Set<() => void>();
  readonly #socket: WebSocket;
  readonly #find: (method: string) => PageHandler | undefined;
  #underWay = 0;
  #isAlive = true;

  constructor(socket: WebSocket, find: (client: WebClient, method: string) => PageHandler | undefined) {
    this.#socket = socket;
    this.#find = (method) => find(this, method);
    socket.binaryType = 'nodebuffer';
    socket.on('message', (data, isBinary) => {
      const isFine = isBinary ? this.#takeFrame(data as Buffer) : this.#takeText(String(data as Buffer));
      if (!isFine) socket.close(POLICY_VIOLATION);
    });
    // An error is followed by the end.
    socket.on('error', () => undefined);
    socket.on('pong', () => (this.#isAlive = true));
    const heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
    socket.once('close', () => {
      clearInterval(heartbeat);
      for (const tell of this.onClose) tell();
    });
  }

  /** The connection has not taken what it was given. */
  get isBehind(): boolean {
    return this.#socket.bufferedAmount > BEHIND_BYTES;
  }

  send(message: WebEvent | WebAnswer): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  sendBytes(channel: number, bytes: Uint8Array): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(dataFrame(channel, bytes));
  }

  #beat(): void {
    if (!this.#isAlive) {
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }

  #takeFrame(data: Buffer): boolean {
    const frame = parseFrame(data);
    if (frame === undefined) return false;
    // A channel that has just been given up may still have something on its way.
    const channel = this.channels.get(frame.channel);
    if (frame.kind === 'data') channel?.input(frame.bytes);
    else channel?.taken(frame.count);
    return true;
  }

  #takeText(text: string): boolean {
    const request = parseRequest(text);
    if (typeof request === 'string' || this.#underWay >= MOST_REQUESTS) return false;
    const { id, method, params } = request;
    this.#underWay++;
    void this.#answer(method, params).then((answer) => {
      this.#underWay--;
      this.send({ id, ...answer });
    });
    return true;
  }

  async #answer(method: string, params: Params): Promise<{ result: unknown } | { error: string }> {
    try {
      const handler = this.#find(method);
      if (handler === undefined) return { error: `there is no method '${method}'` };
      const result = await handler(params);
      return { result: isRecord(result) || Array.isArray(result) ? result : {} };
    } catch (failure) {
      return { error: failure instanceof Error ? failure.message : String(failure) };
    }
  }
}
