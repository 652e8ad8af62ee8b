/** A name in a directory of the guest, as Node's fs.Dirent. */
import type { NodeKind } from '../../kernel/file-server.ts';
import { TypedFile } from './typed-file.ts';

export class GuestDirent extends TypedFile {
  readonly name: string;
  /** The directory it was found in. */
  readonly parentPath: string;

  constructor(name: string, parentPath: string, kind: NodeKind) {
    super(kind);
    this.name = name;
    this.parentPath = parentPath;
  }
}
