/**
 * Packets of GDB's remote protocol over a stream of bytes: `$data#checksum`, acknowledged with + or − until both sides agree not to; byte 3
 * outside of a packet is the user's ^C. Source: GDB manual, "Remote Protocol", "Overview".
 */
import { stringFromBytes, type ByteString } from '../../../kernel/byte-string.ts';

const INTERRUPT = '\x03';
const ESCAPE = '}';
const ESCAPE_XOR = 0x20;
const CHECKSUM_DIGITS = 2;
/** A peer that sends so much without an end of a packet is none. */
const MAX_PENDING_BYTES = 1 << 20;

export interface PacketEvents {
  packet(content: ByteString): void;
  interrupt(): void;
}

export class PacketStream {
  readonly #send: (bytes: ByteString) => void;
  readonly #events: PacketEvents;
  #pending = '';
  #acknowledges = true;
  #lastSent = '';

  constructor(send: (bytes: ByteString) => void, events: PacketEvents) {
    this.#send = send;
    this.#events = events;
  }

  /** QStartNoAckMode has been agreed on. */
  stopAcknowledging(): void {
    this.#acknowledges = false;
  }

  receive(bytes: Uint8Array): void {
    this.#pending += stringFromBytes(bytes);
    while (this.#takeOne());
    if (this.#pending.length > MAX_PENDING_BYTES) this.#pending = '';
  }

  /** One packet, acknowledgement or ^C; false when what is there is not whole. */
  #takeOne(): boolean {
    const [first] = this.#pending;
    if (first === undefined) return false;
    if (first === '$') return this.#takePacket();
    this.#pending = this.#pending.slice(1);
    if (first === INTERRUPT) this.#events.interrupt();
    else if (first === '-' && this.#acknowledges) this.#send(this.#lastSent);
    return true;
  }

  #takePacket(): boolean {
    const end = this.#pending.indexOf('#');
    if (end < 0 || this.#pending.length < end + 1 + CHECKSUM_DIGITS) return false;
    const content = this.#pending.slice(1, end);
    const checksum = this.#pending.slice(end + 1, end + 1 + CHECKSUM_DIGITS);
    this.#pending = this.#pending.slice(end + 1 + CHECKSUM_DIGITS);
    if (this.#acknowledges) {
      const isWhole = checksum.toLowerCase() === checksumOf(content);
      this.#send(isWhole ? '+' : '-');
      if (!isWhole) return true;
    }
    this.#events.packet(unescape(content));
    return true;
  }

  send(content: ByteString): void {
    const escaped = content.replaceAll(
      /[#$}*]/g,
      (byte) => ESCAPE + String.fromCharCode(byte.charCodeAt(0) ^ ESCAPE_XOR),
    );
    this.#lastSent = `$${escaped}#${checksumOf(escaped)}`;
    this.#send(this.#lastSent);
  }
}

function unescape(content: ByteString): ByteString {
  return content.replaceAll(/\}([^])/g, (_, byte: string) => String.fromCharCode(byte.charCodeAt(0) ^ ESCAPE_XOR));
}

function checksumOf(content: ByteString): string {
  let sum = 0;
  for (let i = 0; i < content.length; i++) sum += content.charCodeAt(i);
  return (sum & 0xff).toString(16).padStart(CHECKSUM_DIGITS, '0');
}
