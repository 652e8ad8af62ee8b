/**
 * Code that some address space of the engine has decoded, by page: the next process that runs the same program at the same address copies the records
 * of a page instead of decoding again. What earlier starts of k42 decoded comes from an archive.
 */
import type { ArchiveSource } from '../archive-source.ts';
import { DecodedPage, type DecodedRun } from './decoded-page.ts';
import { PageArchive } from './page-archive.ts';
import { RECORD_SIZE } from './record.ts';

/** Beyond this many new runs all are forgotten. */
const MAX_RUNS = 40_000;
/** So many new ones are worth a new archive. */
const WORTH_SAVING = 300;
/** An archive holds at most so many bytes of records: all of it is written when something is new. Some thirty programs with their libraries. */
const MAX_SAVED = 400_000 * RECORD_SIZE;
/** Programs that lie at the same place, and code that changes. Of more, the one that is longest out of use is forgotten. */
const MAX_VERSIONS = 8;

export class DecodedPages {
  /** By page number: its versions, the one last used last. */
  readonly #pages = new Map<number, DecodedPage[]>();
  readonly #archive: PageArchive | undefined;
  readonly #onRecalled: (records: Uint32Array) => void;
  #added = 0;

  /** `archive`: what `archive()` made in an earlier start of the same build. `onRecalled`: told of records that come from it. */
  constructor(archive?: ArchiveSource, onRecalled: (records: Uint32Array) => void = () => {}) {
    this.#archive = archive && PageArchive.open(archive);
    this.#onRecalled = onRecalled;
  }

  /** What is known of a page whose bytes are these; nothing yet, perhaps. */
  find(number: number, bytes: Uint8Array): DecodedPage {
    const versions = this.#versionsOf(number);
    const known = versions.findLastIndex((page) => page.isMadeFrom(bytes));
    const [page] = known < 0 ? [new DecodedPage(number)] : versions.splice(known, 1);
    versions.push(page!);
    if (versions.length > MAX_VERSIONS) versions.shift();
    return page!;
  }

  #versionsOf(number: number): DecodedPage[] {
    const known = this.#pages.get(number);
    if (known !== undefined) return known;
    const versions = this.#archive?.versionsOf(number) ?? [];
    for (const { parts } of versions) this.#onRecalled(parts.records);
    this.#pages.set(number, versions);
    return versions;
  }

  /** A run newly decoded, in a page that `find` gave. */
  add(page: DecodedPage, run: DecodedRun): void {
    if (++this.#added >= MAX_RUNS) this.#forget();
    page.add(run);
  }

  #forget(): void {
    this.#added = 0;
    this.#pages.clear();
  }

  /** For the next start; undefined when little is new. Of what there is no room for, pages not used this time are left out. */
  archive(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#added < WORTH_SAVING) return undefined;
    const kept: DecodedPage[] = [];
    let size = 0;
    for (const page of this.#everyPage()) {
      const { byteLength } = page.parts.records;
      if (byteLength === 0 || size + byteLength > MAX_SAVED) continue;
      size += byteLength;
      kept.push(page);
    }
    return PageArchive.encode(kept.toReversed());
  }

  *#everyPage(): Generator<DecodedPage> {
    for (const versions of this.#pages.values()) yield* versions.toReversed();
    for (const page of this.#archive ?? []) if (!this.#pages.has(page.number)) yield page;
  }
}
