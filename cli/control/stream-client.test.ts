/** A stream loses nothing of what arrives before somebody takes it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FrameKind, FrameSocket } from './frames.ts';
import { openStream } from './stream-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'k42-stream-'));
const address = process.platform === 'win32' ? `\\\\.\\pipe\\k42-stream-${process.pid}` : join(folder, 's');
let server: Server;
let serve: (socket: Socket) => void;

beforeEach(async () => {
  server = createServer((socket) => socket.once('data', () => serve(socket)));
  await new Promise<void>((resolve) => server.listen(address, resolve));
});
afterEach(() => void server.close());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const received = (stream: Awaited<ReturnType<typeof openStream>>): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    stream.begin({
      frame: (_kind, channel, payload) => (text += `${channel}:${Buffer.from(payload).toString()} `),
      closed: () => resolve(text),
    });
  });

describe('a stream', () => {
  it.each([0, 1, 5, 30])('has what came before it was begun, %d ms later', async (delayMs) => {
    for (let round = 0; round < 20; round++) {
      serve = (socket) => {
        const frames = new FrameSocket(socket);
        socket.write('{"id":1,"result":"fine"}\n');
        frames.send(FrameKind.Data, 1, Buffer.from('first'));
        setTimeout(() => {
          frames.send(FrameKind.Data, 2, Buffer.from('second'));
          frames.end();
        }, round % 7);
      };
      const stream = await openStream(address, 'some', {});
      expect(stream.result).toBe('fine');
      if (delayMs > 0) await sleep(delayMs);
      expect(await received(stream)).toBe('1:first 2:second ');
    }
  });

  it('is refused in the machine’s words, or ends with the machine', async () => {
    serve = (socket) => socket.end('{"id":1,"error":"not today"}\n');
    await expect(openStream(address, 'some', {})).rejects.toThrow('not today');
    serve = (socket) => socket.end('{"id":1');
    await expect(openStream(address, 'some', {})).rejects.toThrow('the machine has ended');
    serve = (socket) => socket.write('x'.repeat(100_000));
    await expect(openStream(address, 'some', {})).rejects.toThrow('nonsense');
  });
});
