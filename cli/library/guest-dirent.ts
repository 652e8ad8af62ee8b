/** A name in a directory of the guest, as Node's fs.Dirent. */
import { NodeKind } from '../../kernel/file-server.ts';

export class GuestDirent {
  readonly name: string;
  /** The directory it was found in. */
  readonly parentPath: string;
  readonly #kind: NodeKind;

  constructor(name: string, parentPath: string, kind: NodeKind) {
    this.name = name;
    this.parentPath = parentPath;
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
