/** Served machines of a test's own: a runtime folder that no other machine of this user is in, and the command to reach them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { k42Command, Person } from '../person.ts';

const PATIENCE_MS = 30_000;

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Room {
  readonly folder = mkdtempSync(join(tmpdir(), 'k42-room-'));
  readonly #people: Person[] = [];
  readonly #started: ChildProcess[] = [];

  get env(): Record<string, string> {
    return { ...(process.env as Record<string, string>), XDG_RUNTIME_DIR: this.folder };
  }

  /** k42 with these words, to its end. */
  async k42(words: readonly string[], input: string | Uint8Array = ''): Promise<Outcome> {
    const { status, stdout, stderr } = await this.bytes(words, input);
    return { status, stdout: stdout.toString(), stderr: stderr.toString() };
  }

  async bytes(words: readonly string[], input: string | Uint8Array = '') {
    const child = this.start(words);
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout!.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr!.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin!.on('error', () => undefined);
    child.stdin!.end(input);
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) };
  }

  /** k42 with these words, its streams as pipes. */
  start(words: readonly string[]): ChildProcess {
    const [node, script] = k42Command;
    const child = spawn(node, [script, ...words], { env: this.env });
    this.#started.push(child);
    return child;
  }

  /** Somebody at a terminal who has typed k42 and these words. */
  async person(...words: string[]): Promise<Person> {
    const person = await Person.at([...k42Command, ...words], { XDG_RUNTIME_DIR: this.folder });
    this.#people.push(person);
    return person;
  }

  sockets(): string[] {
    const folder = join(this.folder, 'k42');
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  /** Ends all that was started here. */
  async close(): Promise<void> {
    for (const person of this.#people) person.close();
    const names = this.sockets().map((name) => name.replace(/\.sock$/, ''));
    if (names.length > 0) await this.k42(['stop', '-t', '0', ...names]);
    for (const child of this.#started) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function until<T>(look: () => T | undefined | Promise<T | undefined>, what: string): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited in vain for ${what}`);
}
