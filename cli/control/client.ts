/** The tool's side of the control socket, and the choice among the machines that run. */
import { once } from 'node:events';
import { unlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { UsageError } from '../options.ts';
import { LineSplitter } from './lines.ts';
import { socketPlaces } from './places.ts';
import { ANSWER_LIMIT, isRecord, type MachineFacts, type Method, type Methods } from './protocol.ts';

const ANSWER_TIMEOUT_MS = 20_000;

export class ControlClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(failure: Error): void }>();
  #lastId = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const lines = new LineSplitter(ANSWER_LIMIT, (line) => this.#take(line));
    socket.on('data', (chunk) => {
      if (!lines.push(chunk as Buffer)) this.#fail('its answer is too long');
    });
    socket.on('error', (failure) => this.#fail(failure.message));
    socket.on('close', () => this.#fail('it closed the connection'));
  }

  /** Rejects when nobody listens there. */
  static open(address: string): Promise<ControlClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(address);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new ControlClient(socket));
      });
    });
  }

  call<M extends Method>(
    method: M,
    params: Methods[M]['params'],
    timeoutMs = ANSWER_TIMEOUT_MS,
  ): Promise<Methods[M]['result']> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail('it does not answer'), timeoutMs);
      this.#waiting.set(id, {
        resolve: (value) => {
          clearTimeout(timer);
          resolve(value as Methods[M]['result']);
        },
        reject: (failure) => {
          clearTimeout(timer);
          reject(failure);
        },
      });
      this.#socket.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Resolves when the machine has closed the connection. */
  async closed(): Promise<void> {
    if (!this.#socket.closed) await once(this.#socket, 'close');
  }

  #take(line: string): void {
    const message: unknown = JSON.parse(line);
    if (!isRecord(message)) return;
    const waiting = this.#waiting.get(Number(message['id']));
    this.#waiting.delete(Number(message['id']));
    if ('error' in message) waiting?.reject(new Error(String(message['error'])));
    else waiting?.resolve(message['result']);
  }

  #fail(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(`the machine can't be asked: ${reason}`));
    this.#waiting.clear();
    this.#socket.destroy();
  }
}

export interface RunningMachine extends MachineFacts {
  readonly id: string;
  readonly address: string;
}

/** Every machine of this user that answers. Sockets that nobody listens on any more are removed. */
export async function runningMachines(): Promise<RunningMachine[]> {
  const found = await Promise.all(socketPlaces().map(async ({ id, address }) => ask(id, address)));
  return found.filter((machine) => machine !== undefined);
}

async function ask(id: string, address: string): Promise<RunningMachine | undefined> {
  try {
    const client = await ControlClient.open(address);
    const facts = await client.call('hello', {});
    client.close();
    return { ...facts, id, address };
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ECONNREFUSED') unlinkSync(address);
    return undefined;
  }
}

/** The machine that is meant: the one named, or the only one. */
export async function chooseMachine(wanted: string | undefined): Promise<ControlClient> {
  const machines = await runningMachines();
  if (machines.length === 0) throw new UsageError('no k42 of yours is running');
  const matching = wanted === undefined ? machines : machines.filter(({ id }) => id === wanted);
  const [machine] = matching;
  if (machine === undefined) throw new UsageError(`no machine ${wanted} is running; k42 inspect --list names them`);
  if (matching.length > 1) {
    const list = matching.map(({ id, command }) => `  ${id}  k42 ${command.join(' ')}`).join('\n');
    throw new UsageError(`several machines are running; choose with --machine ID:\n${list}`);
  }
  return await ControlClient.open(machine.address);
}
