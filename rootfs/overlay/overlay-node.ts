/** One file of an OverlayServer: what the layers have under its name. The first change copies it up. */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type { AttributeChange, Attributes, DirectoryEntry, FileNode, NewNode } from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import { DirectoryIndex } from '../memfs/directory-index.ts';
import { isOpaque, isWhiteout, makeOpaque, namesIn, WHITEOUT } from './layer.ts';
import type { OverlayServer } from './overlay-server.ts';

const COPY_BYTES = 64 * 1024;

export class OverlayNode implements FileNode {
  readonly server: OverlayServer;
  readonly nodeId: number;
  readonly kind: NodeKind;
  #upper: FileNode | undefined;
  /** Of a directory all that show through, of a file at most one. */
  readonly #lowers: readonly FileNode[];
  #parent: OverlayNode | undefined;
  #name: ByteString = '';
  #holders = 0;
  /** Attributes of a file not yet copied up that someone may be changing. */
  #attachments: Map<ByteString, Uint8Array> | undefined;
  readonly #index: DirectoryIndex | undefined;

  constructor(server: OverlayServer, upper: FileNode | undefined, lowers: readonly FileNode[]) {
    this.server = server;
    this.nodeId = server.nextId();
    this.#upper = upper;
    this.#lowers = lowers;
    this.kind = (upper ?? lowers[0]!).kind;
    if (this.kind === NodeKind.Directory) this.#index = new DirectoryIndex();
  }

  foundAs(parent: OverlayNode | undefined, name: ByteString): void {
    this.#parent = parent;
    this.#name = name;
  }

  get #real(): FileNode {
    return this.#upper ?? this.#lowers[0]!;
  }

  attributes(): Attributes {
    return this.#real.attributes();
  }

  setAttributes(change: AttributeChange): Status {
    return this.#changed((upper) => upper.setAttributes(change));
  }

  read(position: number, into: Uint8Array): number {
    return this.#real.read(position, into);
  }

  write(position: number, from: Uint8Array): number {
    return this.#changed((upper) => upper.write(position, from));
  }

  readLink(): ByteString | Status {
    return this.#real.readLink();
  }

  reserve(position: number, length: number): Status {
    return this.#changed((upper) => upper.reserve?.(position, length) ?? Status.Ok);
  }

  punch(position: number, length: number): Status {
    return this.#changed((upper) => upper.punch?.(position, length) ?? Status.NotSupported);
  }

  nextData(position: number): number {
    return this.#real.nextData?.(position) ?? position;
  }

  nextHole(position: number): number {
    return this.#real.nextHole?.(position) ?? this.attributes().sizeBytes;
  }

  flush(): Status {
    return this.#upper?.flush?.() ?? Status.Ok;
  }

  get attachments(): Map<ByteString, Uint8Array> | undefined {
    if (this.#upper !== undefined) return this.#upper.attachments;
    this.#attachments ??= new Map(this.#real.attachments);
    return this.#attachments;
  }

  hold(): void {
    this.#holders++;
    this.#real.hold?.();
  }

  drop(): void {
    this.#holders--;
    this.#real.drop?.();
  }

  // --- directories -------------------------------------------------------------------------------------------------------

  lookup(name: ByteString): OverlayNode | Status {
    if (this.kind !== NodeKind.Directory) return Status.NotDirectory;
    const upper = this.#upper?.lookup(name) ?? Status.NotFound;
    if (typeof upper === 'number' && upper !== Status.NotFound) return upper;
    if (typeof upper !== 'number' && isWhiteout(upper)) return Status.NotFound;
    const above = typeof upper === 'number' ? undefined : upper;
    const hidesBelow = above !== undefined && (above.kind !== NodeKind.Directory || isOpaque(above));
    const lowers = hidesBelow ? [] : this.#lowersAt(name, above !== undefined);
    if (above === undefined && lowers.length === 0) return Status.NotFound;
    return this.server.nodeOf(above, lowers, this, name);
  }

  /** What shows through under a name. A file hides all below it, and below a directory only directories count. */
  #lowersAt(name: ByteString, belowDirectory: boolean): FileNode[] {
    const found: FileNode[] = [];
    for (const lower of this.#lowers) {
      const node = lower.lookup(name);
      if (typeof node === 'number') continue;
      const isDirectory = node.kind === NodeKind.Directory;
      if (isWhiteout(node) || (!isDirectory && (belowDirectory || found.length > 0))) break;
      found.push(node);
      if (!isDirectory || isOpaque(node)) break;
    }
    return found;
  }

  create(name: ByteString, node: NewNode): OverlayNode | Status {
    const there = this.lookup(name);
    if (typeof there !== 'number') return Status.Exists;
    if (there !== Status.NotFound) return there;
    const upper = this.copyUp();
    if (typeof upper === 'number') return upper;
    const status = removeWhiteout(upper, name);
    if (status !== Status.Ok) return status;
    const made = upper.create(name, node);
    if (typeof made === 'number') return made;
    if (node.kind === NodeKind.Directory && this.#lowersAt(name, false).length > 0) makeOpaque(made);
    return this.server.nodeOf(made, [], this, name);
  }

  link(name: ByteString, node: FileNode): Status {
    if (!(node instanceof OverlayNode) || node.server !== this.server) return Status.CrossServer;
    if (typeof this.lookup(name) !== 'number') return Status.Exists;
    const source = node.copyUp();
    if (typeof source === 'number') return source;
    const upper = this.copyUp();
    if (typeof upper === 'number') return upper;
    const status = removeWhiteout(upper, name);
    return status === Status.Ok ? upper.link(name, source) : status;
  }

  unlink(name: ByteString): Status {
    const node = this.lookup(name);
    if (typeof node === 'number') return node;
    if (node.kind === NodeKind.Directory && !node.isEmpty()) return Status.NotEmpty;
    const upper = this.copyUp();
    if (typeof upper === 'number') return upper;
    const status = node.#removeFrom(upper, name);
    return status === Status.Ok ? this.#coverLower(upper, name) : status;
  }

  /** The name goes from the upper layer, where it is there; a directory may have whiteouts left in it. */
  #removeFrom(upper: FileNode, name: ByteString): Status {
    if (typeof upper.lookup(name) === 'number') return Status.Ok;
    if (this.kind === NodeKind.Directory) for (const left of [...namesIn(this.#upper!)]) this.#upper!.unlink(left);
    return upper.unlink(name);
  }

  #coverLower(upper: FileNode, name: ByteString): Status {
    if (this.#lowersAt(name, false).length === 0) return Status.Ok;
    const made = upper.create(name, WHITEOUT);
    return typeof made === 'number' ? made : Status.Ok;
  }

  rename(name: ByteString, toDirectory: FileNode, toName: ByteString): Status {
    if (!(toDirectory instanceof OverlayNode) || toDirectory.server !== this.server) return Status.CrossServer;
    const node = this.lookup(name);
    if (typeof node === 'number') return node;
    // A directory that shows something from below can't be moved. Source: overlayfs.rst, "renaming directories".
    if (node.kind === NodeKind.Directory && node.#lowers.length > 0) return Status.CrossServer;
    const replaced = toDirectory.lookup(toName);
    if (replaced === node) return Status.Ok;
    if (typeof replaced !== 'number' && replaced.kind === NodeKind.Directory && !replaced.isEmpty())
      return Status.NotEmpty;
    const moved = node.copyUp();
    const from = this.copyUp();
    const to = toDirectory.copyUp();
    if (typeof moved === 'number') return moved;
    if (typeof from === 'number') return from;
    if (typeof to === 'number') return to;
    const cleared = typeof replaced === 'number' ? removeWhiteout(to, toName) : replaced.#removeFrom(to, toName);
    if (cleared !== Status.Ok) return cleared;
    const status = from.rename(name, to, toName);
    if (status !== Status.Ok) return status;
    if (node.kind === NodeKind.Directory && toDirectory.#lowersAt(toName, false).length > 0) makeOpaque(moved);
    node.foundAs(toDirectory, toName);
    return this.#coverLower(from, name);
  }

  list(cookie: number, limit: number): readonly DirectoryEntry[] | Status {
    if (this.#index === undefined) return Status.NotDirectory;
    this.#refresh(this.#index);
    return this.#index.after(cookie, limit).flatMap((slot) => {
      const node = this.lookup(slot.name);
      return typeof node === 'number' ? [] : [{ ...slot, kind: node.kind, nodeId: node.nodeId }];
    });
  }

  /** Names that have come are added at the end, so that a reader sees each name once. */
  #refresh(index: DirectoryIndex): void {
    const names = this.#names();
    for (const { name } of index.after(0, Infinity)) if (!names.has(name)) index.remove(name);
    for (const name of names) if (!index.has(name)) index.add(name);
  }

  #names(): Set<ByteString> {
    const seen = new Set<ByteString>();
    const names = new Set<ByteString>();
    for (const layer of [...(this.#upper === undefined ? [] : [this.#upper]), ...this.#lowers]) {
      for (const name of namesIn(layer)) {
        if (seen.has(name)) continue;
        seen.add(name);
        const node = layer.lookup(name);
        if (typeof node !== 'number' && !isWhiteout(node)) names.add(name);
      }
    }
    return names;
  }

  isEmpty(): boolean {
    return this.#names().size === 0;
  }

  // --- copying up --------------------------------------------------------------------------------------------------------

  #changed(change: (upper: FileNode) => number): Status {
    const upper = this.copyUp();
    return (typeof upper === 'number' ? upper : change(upper)) as Status;
  }

  /** This file in the upper layer, copied there when it is not there yet. */
  copyUp(): FileNode | Status {
    if (this.#upper !== undefined) return this.#upper;
    const place = this.#placeAbove();
    if (typeof place === 'number') return place;
    const { directory, name, isNameless } = place;
    const lower = this.#lowers[0]!;
    const attributes = lower.attributes();
    const target = this.kind === NodeKind.SymbolicLink ? lower.readLink() : '';
    const made = directory.create(name, { ...attributes, target: typeof target === 'string' ? target : '' });
    if (typeof made === 'number') return made;
    const status = copyContent(lower, made, this.#attachments ?? lower.attachments);
    if (isNameless) made.hold?.();
    if (status !== Status.Ok || isNameless) directory.unlink(name);
    if (status !== Status.Ok) return status;
    for (let i = 0; i < this.#holders; i++) {
      made.hold?.();
      lower.drop?.();
    }
    if (isNameless) made.drop?.();
    this.#upper = made;
    this.server.copiedUp(this, made);
    return made;
  }

  /** Where the copy is made: beside its siblings, or in the work directory when the name is gone. */
  #placeAbove(): { directory: FileNode; name: ByteString; isNameless: boolean } | Status {
    if (this.server.readOnly || this.#parent === undefined) return Status.ReadOnly;
    if (this.#parent.lookup(this.#name) === this) {
      const directory = this.#parent.copyUp();
      return typeof directory === 'number' ? directory : { directory, name: this.#name, isNameless: false };
    }
    return { directory: this.server.work!, name: `#${this.nodeId}`, isNameless: true };
  }
}

function removeWhiteout(upper: FileNode, name: ByteString): Status {
  const node = upper.lookup(name);
  return typeof node !== 'number' && isWhiteout(node) ? upper.unlink(name) : Status.Ok;
}

function copyContent(from: FileNode, to: FileNode, attachments: Map<ByteString, Uint8Array> | undefined): Status {
  const { sizeBytes, accessedNs, modifiedNs } = from.attributes();
  if (from.kind === NodeKind.File) {
    const buffer = new Uint8Array(COPY_BYTES);
    for (let at = 0; at < sizeBytes;) {
      const count = from.read(at, buffer);
      if (count <= 0) break;
      const written = to.write(at, buffer.subarray(0, count));
      if (written < count) return written < 0 ? (written as Status) : Status.NoSpace;
      at += count;
    }
  }
  for (const [name, value] of attachments ?? []) to.attachments?.set(name, value);
  return to.setAttributes({ accessedNs, modifiedNs });
}
