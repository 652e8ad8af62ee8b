/** The page's socket: requests and their answers, events, terminals' bytes. When it is lost it is opened again, and whoever asks is told. */
import { dataFrame, parseFrame, takenFrame } from '../frame.ts';
import {
  KEY_PREFIX,
  SUBPROTOCOL,
  type WebAnswer,
  type WebEvent,
  type WebMethod,
  type WebMethods,
} from '../messages.ts';

/** refused: this browser is not (or no longer) let in. */
export type LinkState = 'connecting' | 'open' | 'lost' | 'refused';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5000;
const UNAUTHORIZED = 401;
/** Bytes of input that go in one message. */
const INPUT_PIECE = 64 * 1024;

interface Waiting {
  resolve(result: unknown): void;
  reject(failure: Error): void;
}

export class Link {
  state: LinkState = 'connecting';
  readonly onState = new Set<(state: LinkState) => void>();
  readonly onEvent = new Set<(event: WebEvent) => void>();
  /** Who takes the bytes of a channel. */
  readonly channels = new Map<number, (bytes: Uint8Array) => void>();
  readonly #key: string;
  readonly #waiting = new Map<number, Waiting>();
  #socket: WebSocket | undefined;
  #lastId = 0;
  #delayMs = FIRST_DELAY_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(key: string) {
    this.#key = key;
    // A laptop that wakes up, a network that is back: no need to wait for the timer.
    addEventListener('online', () => this.#hurry());
    document.addEventListener('visibilitychange', () => this.#hurry());
  }

  open(): void {
    clearTimeout(this.#timer);
    const socket = new WebSocket(`ws://${location.host}/socket`, [SUBPROTOCOL, KEY_PREFIX + this.#key]);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      this.#delayMs = FIRST_DELAY_MS;
      this.#become('open');
    });
    socket.addEventListener('message', ({ data }) => this.#take(data as string | ArrayBuffer));
    socket.addEventListener('close', () => void this.#lost(socket));
    this.#socket = socket;
  }

  call<M extends WebMethod>(method: M, params: WebMethods[M]['params']): Promise<WebMethods[M]['result']> {
    if (this.state !== 'open') return Promise.reject(new Error('there is no connection'));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (result) => resolve(result as WebMethods[M]['result']), reject });
      this.#socket?.send(JSON.stringify({ id, method, params }));
    });
  }

  /** False: it can't go out now. */
  input(channel: number, bytes: Uint8Array): boolean {
    // One that is being closed takes everything and sends nothing.
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    for (let at = 0; at < bytes.length; at += INPUT_PIECE)
      this.#socket.send(dataFrame(channel, bytes.subarray(at, at + INPUT_PIECE)));
    return true;
  }

  /** So many bytes of the channel have been dealt with. */
  taken(channel: number, count: number): void {
    if (this.state === 'open') this.#socket?.send(takenFrame(channel, count));
  }

  #take(data: string | ArrayBuffer): void {
    if (typeof data !== 'string') {
      const frame = parseFrame(new Uint8Array(data));
      if (frame?.kind === 'data') this.channels.get(frame.channel)?.(frame.bytes);
      return;
    }
    const message = JSON.parse(data) as WebAnswer | WebEvent;
    if ('event' in message) {
      for (const listener of this.onEvent) listener(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('error' in message) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.result);
  }

  async #lost(socket: WebSocket): Promise<void> {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error('the connection was lost'));
    this.#waiting.clear();
    this.#become('lost');
    if (await isRefused()) {
      this.#become('refused');
      return;
    }
    // Somebody was in a hurry.
    if (this.#socket !== undefined) return;
    this.#timer = setTimeout(() => this.open(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
  }

  #hurry(): void {
    if (this.state === 'lost' && this.#socket === undefined && document.visibilityState === 'visible') this.open();
  }

  #become(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    for (const listener of this.onState) listener(state);
  }
}

/** A socket that can't be opened does not say why: a page that can't be had does. */
async function isRefused(): Promise<boolean> {
  try {
    return (await fetch('/', { cache: 'no-store' })).status === UNAUTHORIZED;
  } catch {
    return false;
  }
}
