/**
 * A tree of /proc as data: a directory is `name → {mode, render}`. Nothing here knows of open files, nodes or callers; the server in
 * linuxabi/adapters walks these tables, applies permissions and keeps what was rendered stable for one open.
 */
import type { ByteString, ProcCapabilities, Subject } from './capabilities.ts';

/** Who may open or follow, beyond the permission bits. Source: ptrace(2), "Ptrace access mode checking". */
export type Guard = 'inspect' | 'attach';

export type Text = ByteString | Uint8Array;

/** A text made anew for each reading from its start. */
export interface TextEntry {
  readonly kind: 'text';
  readonly mode: number;
  /** The text, as characters or as bytes, or −errno. */
  render?(subject: Subject, bag: ProcCapabilities): Text | number;
  /** Takes what one write call wrote: 0 or −errno. */
  store?(subject: Subject, bag: ProcCapabilities, text: ByteString): number;
  /** What can't be written, or read, can't be opened for it either, not even by root. */
  readonly strict?: boolean;
  readonly guard?: Guard;
  /** Whoever polls the file is told of changes to these (POLLPRI). */
  readonly tells?: 'mounts';
}

/** Bytes at positions: memory images. */
export interface BytesEntry {
  readonly kind: 'bytes';
  readonly mode: number;
  read(subject: Subject, bag: ProcCapabilities, position: number, into: Uint8Array): number;
  write?(subject: Subject, bag: ProcCapabilities, position: number, from: Uint8Array): number;
  readonly guard?: Guard;
}

/** A symbolic link: a text, or a place that only the server can name. */
export interface LinkEntry {
  readonly kind: 'link';
  readonly mode: number;
  readonly place?: Place;
  /** Where the bits depend on what it leads to. */
  modeOf?(subject: Subject, bag: ProcCapabilities): number;
  target?(subject: Subject, bag: ProcCapabilities): ByteString | number;
  readonly guard?: Guard;
}

/** Places of a process that links lead to; `fd` is the subject's descriptor, `map` the file mapped at the page of that number. */
export type Place = 'cwd' | 'root' | 'exe' | 'fd' | 'map' | `ns:${string}`;

export interface DirectoryEntry {
  readonly kind: 'directory';
  readonly mode: number;
  readonly children: Children;
  readonly guard?: Guard;
  /** 0, or −errno for whoever may not look into it. */
  refuse?(subject: Subject, bag: ProcCapabilities): number;
  /** Files show the owner of the process; else root's. */
  readonly owned?: 'process';
}

export type Entry = TextEntry | BytesEntry | LinkEntry | DirectoryEntry;

/** A child: what it is, and of what it speaks. */
export interface Child {
  readonly entry: Entry;
  readonly subject: Subject;
}

export interface Children {
  find(subject: Subject, bag: ProcCapabilities, name: ByteString): Child | undefined;
  /** In the order of a listing, those with names after the first `skip`. */
  list(subject: Subject, bag: ProcCapabilities): Iterable<readonly [name: ByteString, child: Child]>;
}

export type Table = Readonly<Record<ByteString, Entry>>;

/** Children that are the same for every subject. */
export class FixedChildren implements Children {
  readonly #entries: ReadonlyMap<ByteString, Entry>;

  constructor(table: Table) {
    this.#entries = new Map(Object.entries(table));
  }

  find(subject: Subject, _bag: ProcCapabilities, name: ByteString): Child | undefined {
    const entry = this.#entries.get(name);
    return entry && { entry, subject };
  }

  *list(subject: Subject, bag: ProcCapabilities): Iterable<readonly [ByteString, Child]> {
    for (const [name, entry] of this.#entries) {
      bag.meter.spend(1);
      yield [name, { entry, subject }];
    }
  }
}

export function directory(mode: number, table: Table, more: Pick<DirectoryEntry, 'guard' | 'owned'> = {}) {
  return { kind: 'directory', mode, children: new FixedChildren(table), ...more } as const satisfies DirectoryEntry;
}

type Render = NonNullable<TextEntry['render']>;
type Store = NonNullable<TextEntry['store']>;

export function text(mode: number, render: Render, guard?: Guard): TextEntry {
  return { kind: 'text', mode, render, ...(guard && { guard }) };
}

export function writableText(mode: number, render: Render, store: Store, guard?: Guard): TextEntry {
  return { kind: 'text', mode, render, store, ...(guard && { guard }) };
}

/** A text of the system as a whole. */
export function systemText(render: (bag: ProcCapabilities) => ByteString): TextEntry {
  return { kind: 'text', mode: 0o444, render: (_subject, bag) => render(bag) };
}

/** A text that never changes. */
export function constant(content: ByteString, mode = 0o444): TextEntry {
  return { kind: 'text', mode, render: () => content };
}
