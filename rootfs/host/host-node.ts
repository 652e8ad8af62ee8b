/** One file of a HostServer. See host-server.ts for how it stays inside. */
import * as fs from 'node:fs';
import type { ByteString } from '../../kernel/byte-string.ts';
import {
  NodeKind,
  type AttributeChange,
  type Attributes,
  type DirectoryEntry,
  type FileNode,
  type Member,
  type NewNode,
} from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import { attributesOf, goneAttributes, kindOf } from './host-attributes.ts';
import { attempt } from './host-error.ts';
import type { OpenHostFile } from './host-files.ts';
import { identityOf, type Folder } from './host-folders.ts';
import { changeNamedFile, changeOpenFile, makeHostFile, openHostFile } from './host-open.ts';
import { below, guestName, isPlainName, type HostPath } from './host-path.ts';
import type { HostServer } from './host-server.ts';

/** The name of a folder in itself. */
const ITSELF = '.';

export class HostNode implements FileNode, Folder {
  readonly server: HostServer;
  readonly nodeId: number;
  readonly kind: NodeKind;
  readonly identity: string;
  #parent: HostNode | undefined;
  #name: ByteString;
  /** Order in which names were first listed: cookies stay valid while entries come and go. */
  readonly #ordinals = new Map<ByteString, number>();
  #lastOrdinal = 0;

  private constructor(server: HostServer, parent: HostNode | undefined, name: ByteString, stats: fs.BigIntStats) {
    this.server = server;
    this.#parent = parent;
    this.#name = name;
    this.identity = identityOf(stats);
    this.nodeId = Number(stats.ino);
    this.kind = kindOf(stats);
  }

  static root(server: HostServer): HostNode {
    return new HostNode(server, undefined, '', fs.lstatSync(server.path, { bigint: true }));
  }

  get parent(): HostNode | undefined {
    return this.#parent;
  }

  get name(): ByteString {
    return this.#name;
  }

  attributes(): Attributes {
    const stats = this.#stats();
    return typeof stats === 'number' ? goneAttributes(this.kind) : attributesOf(this.kind, stats);
  }

  setAttributes(change: AttributeChange): Status {
    const refused = this.#refuseWrite();
    if (refused !== Status.Ok) return refused;
    if (change.sizeBytes !== undefined) {
      const status = this.#setSize(change.sizeBytes);
      if (status !== Status.Ok) return status;
    }
    const open = this.server.files.get(this);
    if (open === undefined) return this.#onPath((path) => changeNamedFile(path, this.identity, change));
    return attempt(() => {
      changeOpenFile(open.descriptor, change);
      return Status.Ok;
    });
  }

  #setSize(sizeBytes: number): Status {
    const file = this.#open('read-write');
    if (typeof file === 'number') return file;
    return attempt(() => {
      fs.ftruncateSync(file.descriptor, sizeBytes);
      return Status.Ok;
    });
  }

  // --- data ----------------------------------------------------------------------------------------------------------

  read(position: number, into: Uint8Array): number {
    const file = this.#open('read');
    if (typeof file === 'number') return file;
    return attempt(() => fs.readSync(file.descriptor, into, 0, into.length, position));
  }

  write(position: number, from: Uint8Array): number {
    const refused = this.#refuseWrite();
    if (refused !== Status.Ok) return refused;
    const file = this.#open('read-write');
    if (typeof file === 'number') return file;
    return attempt(() => fs.writeSync(file.descriptor, from, 0, from.length, position));
  }

  #open(access: OpenHostFile['access']): OpenHostFile | Status {
    if (this.kind === NodeKind.Directory) return Status.IsDirectory;
    if (this.kind !== NodeKind.File) return Status.NotSupported;
    const { files } = this.server;
    const open = files.get(this);
    if (open !== undefined && (access === 'read' || open.access === 'read-write')) return open;
    return this.#onPath((path) => {
      const descriptor = openHostFile(path, access, this.identity);
      if (descriptor < 0) return descriptor as Status;
      const file = { descriptor, access };
      files.put(this, file);
      return file;
    });
  }

  // --- directories ---------------------------------------------------------------------------------------------------

  lookup(name: ByteString): HostNode | Status {
    if (this.kind !== NodeKind.Directory) return Status.NotDirectory;
    if (!isPlainName(name)) return Status.NotFound;
    return this.#onChild(name, (path) => {
      const stats = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
      if (stats === undefined) return this.#hides(name, undefined) ? Status.AccessDenied : Status.NotFound;
      return this.#hides(name, stats) ? Status.AccessDenied : this.#child(name, stats);
    });
  }

  #hides(name: ByteString, stats: fs.BigIntStats | undefined): boolean {
    return this.server.rules?.hides(this, name, stats && identityOf(stats)) === true;
  }

  #child(name: ByteString, stats: fs.BigIntStats): HostNode | Status {
    const identity = identityOf(stats);
    const known = this.server.known(identity);
    if (known !== undefined && known.kind !== kindOf(stats)) this.server.forget(identity);
    const node = this.server.intern(identity, () => new HostNode(this.server, this, name, stats));
    if (node.#parent !== this && node.#isAbove(this)) return Status.NotFound;
    node.#parent = this;
    node.#name = name;
    return node;
  }

  /** While somebody moves folders about, a folder can look as if it were in itself. */
  #isAbove(other: HostNode): boolean {
    for (let at: HostNode | undefined = other; at !== undefined; at = at.#parent) if (at === this) return true;
    return false;
  }

  create(name: ByteString, made: NewNode): HostNode | Status {
    const refused = this.#refuseWrite();
    if (refused !== Status.Ok) return refused;
    if (!isPlainName(name)) return Status.Invalid;
    if (this.#hides(name, undefined)) return Status.AccessDenied;
    return this.#onChild(name, (path) => {
      const file = makeHostFile(path, made);
      if (typeof file === 'number') return file;
      const node = this.#child(name, file.stats);
      if (typeof node !== 'number' && file.descriptor !== undefined)
        this.server.files.put(node, { descriptor: file.descriptor, access: 'read-write' });
      return node;
    });
  }

  link(name: ByteString, node: FileNode): Status {
    const refused = this.#refuseWrite();
    if (refused !== Status.Ok) return refused;
    if (!(node instanceof HostNode) || node.server !== this.server) return Status.CrossServer;
    if (!isPlainName(name)) return Status.Invalid;
    const forbidden = node.#refuseWrite();
    if (forbidden !== Status.Ok) return forbidden;
    if (this.#hides(name, undefined)) return Status.AccessDenied;
    return this.#onChild(name, (path) =>
      node.#onPath((from) => {
        fs.linkSync(from, path);
        return Status.Ok;
      }),
    );
  }

  unlink(name: ByteString): Status {
    const refused = this.#refuseWrite();
    if (refused !== Status.Ok) return refused;
    const node = this.lookup(name);
    if (typeof node === 'number') return node;
    const forbidden = node.#refuseMove();
    if (forbidden !== Status.Ok) return forbidden;
    return this.#onChild(name, (path) => {
      if (node.kind === NodeKind.Directory) fs.rmdirSync(path);
      else {
        node.#prepareForNameless();
        fs.unlinkSync(path);
      }
      this.#ordinals.delete(name);
      return Status.Ok;
    });
  }

  /** Someone may still hold the node: what it needs afterwards is opened while the name leads there. */
  #prepareForNameless(): void {
    if (this.kind !== NodeKind.File) return;
    if (typeof this.#open(this.server.readOnly ? 'read' : 'read-write') === 'number') this.#open('read');
    const stats = this.#stats();
    if (typeof stats === 'number' || stats.nlink > 1n) return;
    this.server.files.keep(this);
    this.server.forget(this.identity);
  }

  rename(name: ByteString, toDirectory: FileNode, toName: ByteString): Status {
    const refused = this.#refuseWrite();
    if (refused !== Status.Ok) return refused;
    if (!(toDirectory instanceof HostNode) || toDirectory.server !== this.server) return Status.CrossServer;
    if (!isPlainName(toName)) return Status.Invalid;
    const node = this.lookup(name);
    if (typeof node === 'number') return node;
    const forbidden = node.#refuseMove() || toDirectory.#refuseWrite();
    if (forbidden !== Status.Ok) return forbidden;
    if (toDirectory.#hides(toName, undefined)) return Status.AccessDenied;
    const replaced = toDirectory.lookup(toName);
    if (typeof replaced === 'number' && replaced !== Status.NotFound) return replaced;
    if (typeof replaced !== 'number' && replaced !== node) {
      const kept = replaced.#refuseMove();
      if (kept !== Status.Ok) return kept;
      replaced.#prepareForNameless();
    }
    return this.#onChild(name, (from) =>
      toDirectory.#onChild(toName, (to) => {
        fs.renameSync(from, to);
        this.#ordinals.delete(name);
        node.#parent = toDirectory;
        node.#name = toName;
        return Status.Ok;
      }),
    );
  }

  list(cookie: number, limit: number): readonly DirectoryEntry[] | Status {
    if (this.kind !== NodeKind.Directory) return Status.NotDirectory;
    return this.#onChild(ITSELF, (path) => {
      const found = fs.readdirSync(path, { encoding: 'buffer' }).map((each): [number, ByteString] => {
        const name = guestName(each);
        return [this.#ordinal(name), name];
      });
      return found
        .filter(([ordinal]) => ordinal > cookie)
        .toSorted(([a], [b]) => a - b)
        .slice(0, limit)
        .flatMap(([ordinal, name]) =>
          this.#member(name, path).map(({ node: { kind, nodeId } }) => ({ name, kind, nodeId, cookie: ordinal })),
        );
    });
  }

  /** The folder is checked once for all its names: nothing of the guest's can come between. */
  members(): readonly Member[] | Status {
    if (this.kind !== NodeKind.Directory) return Status.NotDirectory;
    return this.#onChild(ITSELF, (path) => {
      const found = fs.readdirSync(path, { encoding: 'buffer' });
      return found.flatMap((name) => this.#member(guestName(name), path));
    });
  }

  /** None when the name has gone since it was listed. */
  #member(name: ByteString, folder: HostPath): readonly Member[] {
    const stats = attempt(() => fs.lstatSync(below(folder, name), { bigint: true }));
    if (typeof stats === 'number' || this.#hides(name, stats)) return [];
    const node = this.#child(name, stats);
    if (typeof node === 'number') return [];
    return [{ name, node, attributes: attributesOf(node.kind, stats) }];
  }

  #ordinal(name: ByteString): number {
    const known = this.#ordinals.get(name);
    if (known !== undefined) return known;
    this.#ordinals.set(name, ++this.#lastOrdinal);
    return this.#lastOrdinal;
  }

  readLink(): ByteString | Status {
    if (this.kind !== NodeKind.SymbolicLink) return Status.Invalid;
    return this.#onPath((path) => guestName(fs.readlinkSync(path, { encoding: 'buffer' })));
  }

  // --- paths ---------------------------------------------------------------------------------------------------------

  #refuseWrite(): Status {
    return this.server.readOnly || this.server.rules?.forbidsChange(this) === true ? Status.ReadOnly : Status.Ok;
  }

  /** A name that a rule is about, or is above one, stays. */
  #refuseMove(): Status {
    const refused = this.#refuseWrite();
    if (refused !== Status.Ok) return refused;
    return this.server.rules?.hasRuleBelow(this) === true ? Status.Busy : Status.Ok;
  }

  #stats(): fs.BigIntStats | Status {
    const open = this.server.files.get(this);
    if (open !== undefined) return attempt(() => fs.fstatSync(open.descriptor, { bigint: true }));
    return this.#onPath((path) => fs.lstatSync(path, { bigint: true }));
  }

  /** Calls with the path of this node once its folder is known to be where it should (host-folders.ts). */
  #onPath<T>(call: (path: HostPath) => T | Status): T | Status {
    const parent = this.#parent;
    return parent === undefined ? this.#onChild(ITSELF, call) : parent.#onChild(this.#name, call);
  }

  /** Likewise for a name in this directory. */
  #onChild<T>(name: ByteString, call: (path: HostPath) => T | Status): T | Status {
    return attempt(() => {
      const path = this.server.folders.place(this, name);
      return typeof path === 'number' ? path : call(path);
    });
  }
}
