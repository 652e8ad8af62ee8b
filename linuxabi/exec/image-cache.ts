/**
 * Parsed ELF headers by file. The parser answers later, so the first execution of a file waits a moment for it: `find`
 * says WAIT, and `ready` is woken. Afterwards the same unchanged file costs a look at its attributes.
 */
import type { FileNode } from '../../kernel/file-server.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { ENOEXEC } from '../abi/errno.ts';
import { WAIT } from '../blocking.ts';
import { parseHeaders, readHeaders } from './elf-image.ts';
import type { ElfImage } from './elf-image.ts';

interface Entry {
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  readonly sizeBytes: number;
  /** WAIT while the parser is at work. */
  image: ElfImage | number;
}

export class ImageCache {
  /** Woken whenever a parse has ended. */
  readonly ready = new WaitQueue();
  readonly #entries = new WeakMap<FileNode, Entry>();

  /** The image, −errno, or WAIT. */
  find(node: FileNode): ElfImage | number {
    const { modifiedNs, changedNs, sizeBytes } = node.attributes();
    const known = this.#entries.get(node);
    if (
      known !== undefined &&
      known.modifiedNs === modifiedNs &&
      known.changedNs === changedNs &&
      known.sizeBytes === sizeBytes
    ) {
      return known.image;
    }
    const headers = readHeaders(node);
    if (typeof headers === 'number') return headers;
    const entry: Entry = { modifiedNs, changedNs, sizeBytes, image: WAIT };
    this.#entries.set(node, entry);
    parseHeaders(node, headers).then(
      (image) => this.#parsed(entry, image),
      () => this.#parsed(entry, -ENOEXEC),
    );
    return WAIT;
  }

  #parsed(entry: Entry, image: ElfImage | number): void {
    entry.image = image;
    this.ready.wake();
  }
}
