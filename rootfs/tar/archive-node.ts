/** A file of an archive. What it holds is read from the archive when asked for. */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type { Attributes, DirectoryEntry, FileNode, FileServer } from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import { EMPTY_SOURCE, type ByteSource } from '../byte-source.ts';
import type { TarEntry } from './tar-format.ts';

export const BLOCK_SIZE = 4096;

export class ArchiveNode implements FileNode {
  readonly server: FileServer;
  readonly nodeId: number;
  readonly kind: NodeKind;
  readonly children = new Map<ByteString, ArchiveNode>();
  readonly content: ByteSource;
  readonly #target: ByteString;
  #attributes: Attributes;

  constructor(server: FileServer, nodeId: number, kind: NodeKind, entry: TarEntry | undefined) {
    this.server = server;
    this.nodeId = nodeId;
    this.kind = kind;
    this.content = entry?.content ?? EMPTY_SOURCE;
    this.#target = entry?.target ?? '';
    this.#attributes = attributesOf(kind, entry, this.content.sizeBytes + this.#target.length);
  }

  /** Takes attributes from a later mention of the same directory. */
  describe(entry: TarEntry): void {
    this.#attributes = attributesOf(this.kind, entry, 0);
  }

  addName(): void {
    this.#attributes.links++;
  }

  lostName(): void {
    this.#attributes.links--;
  }

  attributes(): Attributes {
    return this.#attributes;
  }

  lookup(name: ByteString): FileNode | Status {
    if (this.kind !== NodeKind.Directory) return Status.NotDirectory;
    return this.children.get(name) ?? Status.NotFound;
  }

  list(cookie: number, limit: number): readonly DirectoryEntry[] | Status {
    if (this.kind !== NodeKind.Directory) return Status.NotDirectory;
    return [...this.children].slice(cookie, cookie + limit).map(([name, node], i) => ({
      name,
      kind: node.kind,
      nodeId: node.nodeId,
      cookie: cookie + i + 1,
    }));
  }

  read(position: number, into: Uint8Array): number {
    if (this.kind === NodeKind.Directory) return Status.IsDirectory;
    try {
      return this.content.read(position, into);
    } catch {
      // The archive on the host can't be read any more.
      return Status.InputOutput;
    }
  }

  readLink(): ByteString | Status {
    return this.kind === NodeKind.SymbolicLink ? this.#target : Status.Invalid;
  }

  write(): number {
    return Status.ReadOnly;
  }

  setAttributes(): Status {
    return Status.ReadOnly;
  }

  create(): Status {
    return Status.ReadOnly;
  }

  link(): Status {
    return Status.ReadOnly;
  }

  unlink(): Status {
    return Status.ReadOnly;
  }

  rename(): Status {
    return Status.ReadOnly;
  }
}

function attributesOf(kind: NodeKind, entry: TarEntry | undefined, sizeBytes: number): Attributes {
  const timeNs = entry?.modifiedNs ?? 0n;
  return {
    kind,
    permissions: entry?.permissions ?? 0o755,
    owner: entry?.owner ?? 0,
    group: entry?.group ?? 0,
    links: kind === NodeKind.Directory ? 2 : 1,
    sizeBytes,
    blocks512: Math.ceil(sizeBytes / BLOCK_SIZE) * (BLOCK_SIZE / 512),
    accessedNs: timeNs,
    modifiedNs: timeNs,
    changedNs: timeNs,
    createdNs: timeNs,
    device: { ...(entry?.device ?? { major: 0, minor: 0 }) },
  };
}
