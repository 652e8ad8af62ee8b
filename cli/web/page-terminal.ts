/**
 * A terminal of the machine on a channel of a page. As much is sent as the page says it has dealt with (xterm.js says so when it has drawn it):
 * a page that is slow, hidden or far away is behind by itself, and what it can't take is left out and drawn anew (terminal-session.ts).
 */
import type {
  Attachment,
  SessionEnd,
  TerminalSession,
  TerminalSize,
  TerminalViewer,
} from '../serve/terminal-session.ts';
import { CHANNEL_WINDOW } from './messages.ts';
import type { PageChannel, WebClient } from './web-client.ts';

export class PageTerminal implements PageChannel, TerminalViewer {
  readonly #client: WebClient;
  readonly #channel: number;
  readonly #attachment: Attachment;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Sent, and not yet dealt with by the page. */
  #underWay = 0;
  /** How the program ended, until the page has been told. */
  #end: SessionEnd | undefined;

  constructor(client: WebClient, channel: number, session: TerminalSession, size: TerminalSize) {
    this.#client = client;
    this.#channel = channel;
    this.#attachment = session.attach(this, size);
  }

  get backlogBytes(): number {
    return this.#waitingBytes + this.#underWay;
  }

  // --- from the terminal ---------------------------------------------------------------------------------------------------

  output(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#pump();
  }

  resized(columns: number, rows: number): void {
    this.#client.send({ event: 'size', channel: this.#channel, columns, rows });
  }

  ended(status: number | null, signal: string | null): void {
    this.#end = { status, signal };
    this.#pump();
  }

  // --- from the page -------------------------------------------------------------------------------------------------------

  input(bytes: Uint8Array): void {
    this.#attachment.input(bytes);
  }

  taken(count: number): void {
    this.#underWay = Math.max(0, this.#underWay - count);
    this.#pump();
    this.#attachment.drained();
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#attachment.resize(columns, rows);
  }

  close(): void {
    this.#attachment.detach();
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#underWay < CHANNEL_WINDOW) {
      const bytes = this.#waiting.shift()!;
      this.#waitingBytes -= bytes.length;
      this.#underWay += bytes.length;
      this.#client.sendBytes(this.#channel, bytes);
    }
    const end = this.#end;
    if (end === undefined || this.#waiting.length > 0) return;
    this.#end = undefined;
    this.#client.channels.delete(this.#channel);
    this.#client.send({ event: 'ended', channel: this.#channel, ...end });
  }
}
