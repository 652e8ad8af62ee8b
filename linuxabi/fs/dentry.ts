/**
 * The name tree: a Dentry is a name in a directory as the path walk knows it, positive (a file) or negative (known not to be there).
 * One tree per file server, whatever mounts show it. A path walk in known territory never reaches a server. Servers whose
 * names change behind our back are asked each time; their dentries only give directories an identity and a parent.
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import type { Mount } from './mount.ts';

/** Names known to be absent that one directory remembers. */
const NEGATIVE_LIMIT = 1024;

export class Dentry {
  name: ByteString;
  parent: Dentry | undefined;
  /** Undefined: no such file. */
  node: FileNode | undefined;
  /** What is mounted here, by the mount in which one stands. */
  mounts: Map<Mount, Mount> | undefined;
  /** The name has been removed; the file may still be in use. */
  removed = false;
  /** Open descriptions that were opened by this name. */
  users = 0;
  /** Names below may come and go behind our back. */
  #asksAlways = false;
  readonly #children = new Map<ByteString, Dentry>();
  #negatives = 0;

  constructor(name: ByteString, parent: Dentry | undefined, node: FileNode | undefined) {
    this.name = name;
    this.parent = parent;
    this.node = node;
    this.#asksAlways = parent !== undefined && parent.#asksAlways;
  }

  /** From now on look-ups here and below ask the server each time: someone else changes this part of its tree. */
  askAlways(): void {
    this.#asksAlways = true;
    for (const child of this.#children.values()) child.askAlways();
  }

  /** The dentry of a name here, or a Status (an error of the server; an absent name is a negative dentry). */
  child(name: ByteString): Dentry | Status {
    const directory = this.node!;
    const known = this.#children.get(name);
    if (this.#asksAlways || directory.server.namesAreVolatile === true) return this.#askedChild(directory, name, known);
    if (known !== undefined) return known;
    return this.#lookUp(directory, name);
  }

  /** A file has appeared under this name. */
  put(name: ByteString, node: FileNode): Dentry {
    const dentry = new Dentry(name, this, node);
    this.#set(name, dentry);
    return dentry;
  }

  /** The name is gone. */
  drop(name: ByteString): void {
    const known = this.#children.get(name);
    if (known === undefined) return;
    known.removed = true;
    this.#delete(name, known);
  }

  /** A name moved here from another directory; what stood under the new name is gone. */
  moveHere(dentry: Dentry, name: ByteString): void {
    this.drop(name);
    const from = dentry.parent!;
    from.#delete(dentry.name, dentry);
    dentry.parent = this;
    dentry.name = name;
    this.#set(name, dentry);
  }

  /** Two names changed places. */
  exchangeWith(other: Dentry): void {
    const [parent, name] = [this.parent!, this.name];
    const [otherParent, otherName] = [other.parent!, other.name];
    parent.#delete(name, this);
    otherParent.#delete(otherName, other);
    [this.parent, this.name] = [otherParent, otherName];
    [other.parent, other.name] = [parent, name];
    otherParent.#set(otherName, this);
    parent.#set(name, other);
  }

  /** This dentry is the other or above it. */
  contains(other: Dentry): boolean {
    for (let dentry: Dentry | undefined = other; dentry !== undefined; dentry = dentry.parent) {
      if (dentry === this) return true;
    }
    return false;
  }

  #lookUp(directory: FileNode, name: ByteString): Dentry | Status {
    const node = directory.lookup(name);
    if (typeof node !== 'number') return this.put(name, node);
    if (node !== Status.NotFound) return node;
    const dentry = new Dentry(name, this, undefined);
    if (this.#negatives < NEGATIVE_LIMIT) this.#set(name, dentry);
    return dentry;
  }

  #askedChild(directory: FileNode, name: ByteString, known: Dentry | undefined): Dentry | Status {
    const node = directory.lookup(name);
    if (typeof node === 'number') {
      if (known !== undefined) this.drop(name);
      return node === Status.NotFound ? new Dentry(name, this, undefined) : node;
    }
    if (known !== undefined && known.node === node) return known;
    if (known !== undefined) this.drop(name);
    return node.kind === NodeKind.Directory ? this.put(name, node) : new Dentry(name, this, node);
  }

  #set(name: ByteString, dentry: Dentry): void {
    const known = this.#children.get(name);
    if (known !== undefined && known.node === undefined) this.#negatives--;
    this.#children.set(name, dentry);
    if (dentry.node === undefined) this.#negatives++;
  }

  #delete(name: ByteString, dentry: Dentry): void {
    if (this.#children.get(name) !== dentry) return;
    this.#children.delete(name);
    if (dentry.node === undefined) this.#negatives--;
  }
}
