/** The questions after a file's type, as Node's fs.Stats and fs.Dirent answer them. */
import { NodeKind } from '../../kernel/file-server.ts';

export class TypedFile {
  readonly #kind: NodeKind;

  /** @internal */
  constructor(kind: NodeKind) {
    this.#kind = kind;
  }

  isFile(): boolean {
    return this.#kind === NodeKind.File;
  }

  isDirectory(): boolean {
    return this.#kind === NodeKind.Directory;
  }

  isSymbolicLink(): boolean {
    return this.#kind === NodeKind.SymbolicLink;
  }

  isFIFO(): boolean {
    return this.#kind === NodeKind.Fifo;
  }

  isSocket(): boolean {
    return this.#kind === NodeKind.Socket;
  }

  isCharacterDevice(): boolean {
    return this.#kind === NodeKind.CharacterDevice;
  }

  isBlockDevice(): boolean {
    return this.#kind === NodeKind.BlockDevice;
  }
}
