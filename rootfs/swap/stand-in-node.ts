/**
 * A file of a swappable mount. Whoever holds files (names, open descriptions, mappings, locks) holds stand-ins; each leads
 * to the node of the tree that serves now, and to another one after a swap. What users have seen stays: the number of the
 * file, and where a reader of a directory is.
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import type {
  AttributeChange,
  Attributes,
  DirectoryEntry,
  FileNode,
  MappedContent,
  NewNode,
  NodeKind,
} from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import type { SwappableServer } from './swappable-server.ts';
import { entriesOf } from './tree-copy.ts';

/** Everything a file can have is passed on; none of these trees makes open descriptions of its own, and none lies under another tree. */
export class StandInNode implements Required<Omit<FileNode, 'open' | 'members'>> {
  readonly server: SwappableServer;
  readonly nodeId: number;
  readonly kind: NodeKind;
  mapped: MappedContent | undefined;
  shortened: ((sizeBytes: number) => void) | undefined;
  changing: ((position: number, length: number) => void) | undefined;
  #node: FileNode;
  #holders = 0;
  /** Of a directory: someone may be reading it. */
  #listed = false;
  /** After a swap, of a directory that had been listed: the cookies its readers know. */
  #cookies: Map<ByteString, number> | undefined;
  #lastCookie = 0;

  constructor(server: SwappableServer, node: FileNode, nodeId: number) {
    this.server = server;
    this.nodeId = nodeId;
    this.kind = node.kind;
    this.#node = node;
  }

  get node(): FileNode {
    return this.#node;
  }

  get isHeld(): boolean {
    return this.#holders > 0;
  }

  /** Another tree serves now; this is the file in it. */
  moveTo(node: FileNode): void {
    if (this.#listed && this.#cookies === undefined) {
      this.#cookies = new Map(entriesOf(this.#node).map(({ name, cookie }) => [name, cookie]));
      for (const cookie of this.#cookies.values()) this.#lastCookie = Math.max(this.#lastCookie, cookie);
    }
    this.#node = node;
    for (let i = 0; i < this.#holders; i++) node.hold?.();
  }

  attributes(): Attributes {
    return this.#node.attributes();
  }

  setAttributes(change: AttributeChange): Status {
    return this.#node.setAttributes(change);
  }

  read(position: number, into: Uint8Array): number {
    return this.#node.read(position, into);
  }

  write(position: number, from: Uint8Array): number {
    return this.#node.write(position, from);
  }

  lookup(name: ByteString): FileNode | Status {
    return this.#shown(this.#node.lookup(name));
  }

  create(name: ByteString, node: NewNode): FileNode | Status {
    return this.#shown(this.#node.create(name, node));
  }

  link(name: ByteString, node: FileNode): Status {
    return this.#isOurs(node) ? this.#node.link(name, node.#node) : Status.CrossServer;
  }

  unlink(name: ByteString): Status {
    return this.#node.unlink(name);
  }

  rename(name: ByteString, toDirectory: FileNode, toName: ByteString): Status {
    return this.#isOurs(toDirectory) ? this.#node.rename(name, toDirectory.#node, toName) : Status.CrossServer;
  }

  exchange(name: ByteString, toDirectory: FileNode, toName: ByteString): Status {
    if (!this.#isOurs(toDirectory)) return Status.CrossServer;
    return this.#node.exchange?.(name, toDirectory.#node, toName) ?? Status.Invalid;
  }

  list(cookie: number, limit: number): readonly DirectoryEntry[] | Status {
    this.#listed = true;
    const entries = this.#cookies === undefined ? this.#node.list(cookie, limit) : this.#listStably(cookie, limit);
    return typeof entries === 'number' ? entries : this.server.withOurNumbers(entries);
  }

  readLink(): ByteString | Status {
    return this.#node.readLink();
  }

  hold(): void {
    if (++this.#holders === 1) this.server.held.add(this);
    this.#node.hold?.();
  }

  drop(): void {
    if (--this.#holders === 0) this.server.held.delete(this);
    this.#node.drop?.();
  }

  flush(): Status {
    return this.#node.flush?.() ?? Status.Ok;
  }

  get attachments(): Map<ByteString, Uint8Array> | undefined {
    return this.#node.attachments;
  }

  reserve(position: number, length: number): Status {
    return this.#node.reserve?.(position, length) ?? Status.Ok;
  }

  punch(position: number, length: number): Status {
    return this.#node.punch?.(position, length) ?? Status.NotSupported;
  }

  /** Of a tree that does not know holes all is data. */
  nextData(position: number): number {
    return this.#node.nextData?.(position) ?? position;
  }

  nextHole(position: number): number {
    return this.#node.nextHole?.(position) ?? this.#node.attributes().sizeBytes;
  }

  #shown(node: FileNode | Status): FileNode | Status {
    return typeof node === 'number' ? node : this.server.standIn(node);
  }

  #isOurs(node: FileNode): node is StandInNode {
    return node instanceof StandInNode && node.server === this.server;
  }

  /** In the order of the cookies given out, new names last. */
  #listStably(after: number, limit: number): readonly DirectoryEntry[] | Status {
    const entries = this.#node.list(0, Infinity);
    if (typeof entries === 'number') return entries;
    return entries
      .map((entry) => ({ ...entry, cookie: this.#cookieOf(entry.name) }))
      .filter(({ cookie }) => cookie > after)
      .toSorted((a, b) => a.cookie - b.cookie)
      .slice(0, limit);
  }

  #cookieOf(name: ByteString): number {
    let cookie = this.#cookies!.get(name);
    if (cookie === undefined) {
      cookie = ++this.#lastCookie;
      this.#cookies!.set(name, cookie);
    }
    return cookie;
  }
}
