/** The end of a copy that has the files: walks the tree and sends it, folders before what is in them, at most a WINDOW ahead. */
import { FrameKind, WINDOW, type FrameSocket } from '../../control/frames.ts';
import type { FileFacts, TreeFiles } from './tree-files.ts';

export const COPY_CHANNEL = 1;

/** What a File frame says. */
export interface FileEntry extends FileFacts {
  /** Relative, with slashes; empty: the copied file or folder itself. */
  readonly path: string;
  /** Of a link. */
  readonly target?: string;
}

export class CopySender {
  readonly #files: TreeFiles;
  readonly #frames: FrameSocket;
  readonly #skipped: (path: string) => void;
  #underWay = 0;
  #roomCame: () => void = () => undefined;
  #isClosed = false;

  /** `skipped` is told of what can't be copied: devices, sockets, FIFOs. */
  constructor(files: TreeFiles, frames: FrameSocket, skipped: (path: string) => void) {
    this.#files = files;
    this.#frames = frames;
    this.#skipped = skipped;
  }

  taken(count: number): void {
    this.#underWay -= count;
    this.#roomCame();
  }

  /** The other end has gone. */
  closed(): void {
    this.#isClosed = true;
    this.#roomCame();
  }

  /** Rejects where a file can't be read. */
  async send(path: string, facts: FileFacts): Promise<void> {
    await this.#sendTree(path, '', facts);
  }

  async #sendTree(path: string, relative: string, facts: FileFacts): Promise<void> {
    if (this.#isClosed) return;
    if (facts.kind === 'other') {
      this.#skipped(path);
      return;
    }
    const target = facts.kind === 'link' ? await this.#files.linkTarget(path) : undefined;
    const entry: FileEntry = { ...facts, path: relative, ...(target !== undefined && { target }) };
    await this.#put(FrameKind.File, Buffer.from(JSON.stringify(entry)));
    if (facts.kind === 'file') {
      for await (const piece of this.#files.pieces(path)) {
        if (this.#isClosed) return;
        await this.#put(FrameKind.Data, piece);
      }
    }
    if (facts.kind !== 'folder') return;
    for (const name of await this.#files.names(path)) {
      const child = `${path}/${name}`;
      const found = await this.#files.facts(child, 'keep');
      if (found !== undefined) await this.#sendTree(child, relative === '' ? name : `${relative}/${name}`, found);
    }
  }

  async #put(kind: FrameKind, payload: Uint8Array): Promise<void> {
    while (this.#underWay >= WINDOW && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#roomCame = resolve;
      });
    }
    this.#underWay += payload.length;
    this.#frames.send(kind, COPY_CHANNEL, payload);
  }
}
