/** Open host descriptors of a HostServer: a few files stay open between reads, the least recently used closes first. */
import { closeSync } from 'node:fs';

const OPEN_LIMIT = 64;

export interface OpenHostFile {
  readonly descriptor: number;
  readonly access: 'read' | 'read-write';
}

export class HostFiles {
  readonly #open = new Map<object, OpenHostFile>();
  /** Files without a name any more: their descriptor is all there is, so it stays until the node is gone. */
  #kept = new WeakMap<object, OpenHostFile>();
  readonly #keptFiles = new Set<OpenHostFile>();
  readonly #keptEnds = new FinalizationRegistry<OpenHostFile>((file) => this.#closeKept(file));

  get(owner: object): OpenHostFile | undefined {
    const kept = this.#kept.get(owner);
    if (kept !== undefined) return kept;
    const file = this.#open.get(owner);
    if (file === undefined) return undefined;
    this.#open.delete(owner);
    this.#open.set(owner, file);
    return file;
  }

  put(owner: object, file: OpenHostFile): void {
    this.close(owner);
    this.#open.set(owner, file);
    if (this.#open.size <= OPEN_LIMIT) return;
    const [oldest] = this.#open.keys();
    this.close(oldest!);
  }

  close(owner: object): void {
    const file = this.#open.get(owner);
    if (file === undefined) return;
    this.#open.delete(owner);
    closeSync(file.descriptor);
  }

  closeAll(): void {
    for (const owner of this.#open.keys()) this.close(owner);
    for (const file of this.#keptFiles) this.#closeKept(file);
    this.#kept = new WeakMap();
  }

  /** Once only: the number may be another file's afterwards. */
  #closeKept(file: OpenHostFile): void {
    if (this.#keptFiles.delete(file)) closeSync(file.descriptor);
  }

  /** The owner's file is losing its last name: its descriptor must outlive the name. */
  keep(owner: object): void {
    const file = this.#open.get(owner);
    if (file === undefined) return;
    this.#open.delete(owner);
    this.#kept.set(owner, file);
    this.#keptFiles.add(file);
    this.#keptEnds.register(owner, file);
  }
}
