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
  socket.write(`${JSON.stringify({ id: 1, method, params })}\n`);
  const { line, rest } = await firstLine(socket);
  const answer: unknown = JSON.parse(line);
  if (!isRecord(answer)) throw new Error('the machine answers nonsense');
  if ('error' in answer) {
    socket.destroy();
    throw new Error(String(answer['error']));
  }
  const frames = new FrameSocket(socket);
  return {
    result: answer['result'],
    frames,
    begin: (receiver) => {
      frames.begin(receiver, rest);
      socket.resume();
    },
  };
}

function firstLine(socket: Socket): Promise<{ line: string; rest: Uint8Array }> {
  return new Promise((resolve, reject) => {
    let seen: Buffer = Buffer.alloc(0);
    const take = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk]);
      const end = seen.indexOf(NEWLINE);
      if (end < 0 && seen.length <= ANSWER_LIMIT) return;
      socket.pause();
      socket.removeAllListeners();
      if (end < 0) reject(new Error('the machine answers nonsense'));
      else resolve({ line: seen.toString('utf8', 0, end), rest: seen.subarray(end + 1) });
    };
    socket.on('data', take);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the machine has ended')));
  });
}
