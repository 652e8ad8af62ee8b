/** Clients on the host that visit a server inside, through a port of this host. What they answer is part of the program's output. */
import { createConnection } from 'node:net';

export type Visit = (port: number) => Promise<string>;

const AT_ONCE = 8;

/** Gets a page again and again, several at once. */
export async function fetchPages(port: number, path: string, count: number): Promise<string> {
  const pages = new Set<string>();
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      pages.add(`${answer.status} ${await answer.text()}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return `${count} requests: ${[...pages].join(' | ')}`;
}

/** One simple query as the user postgres, trusted; its one value. Source: PostgreSQL manual, "Message Formats". */
export function askPostgres(port: number, query: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1');
    let received = Buffer.alloc(0);
    let value = 'no answer';
    socket.on('error', reject);
    socket.on('close', () => resolve(value));
    socket.on('connect', () => socket.write(message('', 0x0003_0000, 'user\0postgres\0database\0bench\0\0')));
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= 5 && received.length > received.readUInt32BE(1)) {
        const [kind, length] = [String.fromCharCode(received[0]!), received.readUInt32BE(1)];
        const body = received.subarray(5, length + 1);
        received = received.subarray(length + 1);
        if (kind === 'E') value = `error: ${body.toString('latin1').replaceAll('\0', ' ')}`;
        if (kind === 'D') value = body.subarray(6).toString();
        if (kind === 'C' || kind === 'E') socket.end(message('X'));
        if (kind === 'Z' && value === 'no answer') socket.write(message('Q', undefined, `${query}\0`));
      }
    });
  });
}

function message(kind: string, number?: number, text = ''): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(number === undefined ? 4 : 8);
  head.writeUInt32BE(head.length + body.length);
  if (number !== undefined) head.writeUInt32BE(number, 4);
  return Buffer.concat([Buffer.from(kind), head, body]);
}
