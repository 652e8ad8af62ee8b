/** What stat(2) tells of a file of the guest, with the names that Node's fs.Stats has. */
import type { FileNode } from '../../kernel/file-server.ts';
import { encodeDevice, modeOf } from '../../linuxabi/fs/stat-image.ts';
import { TypedFile } from './typed-file.ts';

const BLOCK_SIZE = 4096;
const NS_PER_MS = 1e6;

export class GuestStats extends TypedFile {
  readonly dev: number;
  readonly ino: number;
  /** Type and permission bits. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  /** Bytes. */
  readonly size: number;
  readonly blksize = BLOCK_SIZE;
  /** Storage in units of 512 bytes. */
  readonly blocks: number;
  /** Milliseconds since 1970. */
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;

  /** @internal */
  constructor(node: FileNode) {
    const attributes = node.attributes();
    super(attributes.kind);
    this.dev = node.server.deviceId;
    this.ino = node.nodeId;
    this.mode = modeOf(attributes);
    this.nlink = attributes.links;
    this.uid = attributes.owner;
    this.gid = attributes.group;
    this.rdev = encodeDevice(attributes.device);
    this.size = attributes.sizeBytes;
    this.blocks = attributes.blocks512;
    this.atimeMs = Number(attributes.accessedNs) / NS_PER_MS;
    this.mtimeMs = Number(attributes.modifiedNs) / NS_PER_MS;
    this.ctimeMs = Number(attributes.changedNs) / NS_PER_MS;
    this.birthtimeMs = Number(attributes.createdNs) / NS_PER_MS;
  }

  get atime(): Date {
    return new Date(this.atimeMs);
  }

  get mtime(): Date {
    return new Date(this.mtimeMs);
  }

  get ctime(): Date {
    return new Date(this.ctimeMs);
  }

  get birthtime(): Date {
    return new Date(this.birthtimeMs);
  }
}
