/**
 * The end of a copy that makes the files. What was at a file's place is removed first, links too, and below the copied folder nothing is
 * reached through a link: names come from a machine whose programs may mean harm.
 */
import { FrameKind, jsonOf, type FrameSocket } from '../../control/frames.ts';
import { isRecord } from '../../control/protocol.ts';
import { COPY_CHANNEL, type FileEntry } from './copy-sender.ts';
import type { FileWriter, TreeFiles } from './tree-files.ts';

const OWNER_MAY_ALL = 0o700;

export class CopyReceiver {
  readonly #files: TreeFiles;
  readonly #frames: FrameSocket;
  readonly #target: string;
  #last: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #open: { readonly writer: FileWriter; readonly entry: FileEntry } | undefined;
  /** Get their modes and times when all is in them. */
  readonly #folders: FileEntry[] = [];

  constructor(files: TreeFiles, frames: FrameSocket, target: string) {
    this.#files = files;
    this.#frames = frames;
    this.#target = target;
  }

  /** A File or Data frame. What fails first is told by `finish`; the rest is only acknowledged. */
  take(kind: number, payload: Uint8Array): void {
    const bytes = payload.slice();
    this.#last = this.#last.then(async () => {
      try {
        if (this.#failure === undefined) await this.#make(kind, bytes);
      } catch (failure) {
        this.#failure = failure as Error;
      }
      this.#frames.sendCount(FrameKind.Taken, COPY_CHANNEL, bytes.length);
    });
  }

  /** After the last frame. Rejects with what went wrong. */
  async finish(): Promise<void> {
    await this.#last;
    await this.#closeFile().catch((failure: Error) => (this.#failure ??= failure));
    if (this.#failure !== undefined) throw this.#failure;
    for (const entry of this.#folders.toReversed()) await this.#files.stamp(this.#place(entry), entry);
  }

  async #make(kind: number, payload: Uint8Array): Promise<void> {
    if (kind === FrameKind.Data) {
      await this.#open?.writer.write(payload);
      return;
    }
    await this.#closeFile();
    const entry = entryOf(payload);
    const path = this.#place(entry);
    const there = await this.#files.facts(path, entry.path === '' ? 'follow' : 'keep');
    if (entry.kind === 'folder') {
      if (there !== undefined && there.kind !== 'folder') await this.#files.remove(path);
      await this.#files.makeFolder(path, entry.mode | OWNER_MAY_ALL);
      this.#folders.push(entry);
      return;
    }
    if (there?.kind === 'folder') throw new Error(`${path} is a folder there, and no folder here`);
    if ((await this.#files.facts(path, 'keep')) !== undefined) await this.#files.remove(path);
    if (entry.kind === 'link') await this.#files.makeLink(path, entry.target ?? '');
    else this.#open = { writer: await this.#files.create(path, entry.mode), entry };
  }

  async #closeFile(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    await open.writer.close();
    await this.#files.stamp(this.#place(open.entry), open.entry);
  }

  #place({ path }: FileEntry): string {
    return path === '' ? this.#target : `${this.#target.replace(/\/$/, '')}/${path}`;
  }
}

/** Throws where it is none, or leads out of the copy. */
function entryOf(payload: Uint8Array): FileEntry {
  const entry = jsonOf(payload);
  if (!isRecord(entry)) throw new Error('a file of the copy has no description');
  const { path, kind, mode, modifiedMs, target } = entry;
  const isSound =
    typeof path === 'string' &&
    (path === '' || path.split('/').every(isPlainName)) &&
    (kind === 'file' || kind === 'folder' || kind === 'link') &&
    typeof mode === 'number' &&
    typeof modifiedMs === 'number';
  if (!isSound) throw new Error(`a file of the copy can't be made: ${JSON.stringify(path)}`);
  return { path, kind, mode, modifiedMs, ...(typeof target === 'string' && { target }) };
}

function isPlainName(name: string): boolean {
  const separators = process.platform === 'win32' ? /[\\/:\0]/ : /[/\0]/;
  return name !== '' && name !== '.' && name !== '..' && !separators.test(name);
}
