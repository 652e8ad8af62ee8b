/**
 * The machine's name server: answers questions for addresses (A, AAAA) with what the host's resolver finds, so that the guest needs only
 * `nameserver 10.0.2.3`. Source: RFC 1035, section 4.
 */
import { bytesFromString, stringFromBytes } from '../../../kernel/byte-string.ts';
import { parseIp } from '../inet/address.ts';
import type { AddressFamily, HostNetwork } from './host-network.ts';

const HEADER_SIZE = 12;
const TYPE_A = 1;
const TYPE_AAAA = 28;
const CLASS_IN = 1;
const TIME_TO_LIVE_S = 30;

/** Bits of the header's second word. */
const Flag = { Response: 0x8000, RecursionDesired: 0x0100, RecursionAvailable: 0x0080 } as const;
const Outcome = { Ok: 0, FormatError: 1, NoSuchName: 3, NotImplemented: 4 } as const;

interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** First byte behind it. */
  readonly end: number;
}

function readQuestion(bytes: Uint8Array): Question | undefined {
  const labels: string[] = [];
  let at = HEADER_SIZE;
  for (;;) {
    const length = bytes[at];
    if (length === undefined || length > 63) return undefined;
    at++;
    if (length === 0) break;
    labels.push(stringFromBytes(bytes.subarray(at, at + length)));
    at += length;
  }
  if (at + 4 > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { name: labels.join('.'), type: view.getUint16(at), class: view.getUint16(at + 2), end: at + 4 };
}

/** Calls back with the answer, or never when the question makes no sense. */
export function answerQuestion(host: HostNetwork, question: Uint8Array, answer: (bytes: Uint8Array) => void): void {
  if (question.length < HEADER_SIZE) return;
  const asked = readQuestion(question);
  if (asked === undefined) return answer(respond(question, HEADER_SIZE, Outcome.FormatError, []));
  if (asked.class !== CLASS_IN) return answer(respond(question, asked.end, Outcome.NotImplemented, []));
  if (asked.type !== TYPE_A && asked.type !== TYPE_AAAA) return answer(respond(question, asked.end, Outcome.Ok, []));
  const family: AddressFamily = asked.type === TYPE_A ? 4 : 6;
  host.resolve(asked.name, family, (addresses) => {
    const outcome = addresses === undefined ? Outcome.NoSuchName : Outcome.Ok;
    const found = (addresses ?? [])
      .flatMap((text) => parseIp(text) ?? [])
      .filter((ip) => ip.length === (family === 4 ? 4 : 16));
    answer(
      respond(
        question,
        asked.end,
        outcome,
        found.map((ip) => record(asked.type, bytesFromString(ip))),
      ),
    );
  });
}

/** A resource record for the name of the question. */
function record(type: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  // A pointer to the name behind the header.
  view.setUint16(0, 0xc000 | HEADER_SIZE);
  view.setUint16(2, type);
  view.setUint16(4, CLASS_IN);
  view.setUint32(6, TIME_TO_LIVE_S);
  view.setUint16(10, data.length);
  bytes.set(data, 12);
  return bytes;
}

function respond(question: Uint8Array, end: number, outcome: number, records: readonly Uint8Array[]): Uint8Array {
  const length = records.reduce((sum, { length: size }) => sum + size, end);
  const bytes = new Uint8Array(length);
  bytes.set(question.subarray(0, end));
  const view = new DataView(bytes.buffer);
  const desired = view.getUint16(2) & Flag.RecursionDesired;
  view.setUint16(2, Flag.Response | Flag.RecursionAvailable | desired | outcome);
  view.setUint16(4, end > HEADER_SIZE ? 1 : 0);
  view.setUint16(6, records.length);
  view.setUint32(8, 0);
  let at = end;
  for (const each of records) {
    bytes.set(each, at);
    at += each.length;
  }
  return bytes;
}
