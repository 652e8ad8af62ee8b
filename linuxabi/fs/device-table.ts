/**
 * Device numbers → what opening such a node gives. The node may lie in any tree (mknod). Terminals register theirs from
 * linuxabi/tty; the memory devices are in standard-devices.ts.
 */
import { NodeKind } from '../../kernel/file-server.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import type { LinuxThread } from '../process/thread.ts';

export interface DeviceOpening {
  readonly node: FileNode;
  readonly minor: number;
  /** The flags of open(2). */
  readonly flags: number;
}

/** Makes the open description (the caller becomes its one holder), or answers −errno. */
export type DeviceOpener = (thread: LinuxThread, opening: DeviceOpening) => OpenFile | number;

export class DeviceTable {
  readonly #openers = new Map<string, DeviceOpener>();

  /** For one minor number, or for every one of the major that has no opener of its own. */
  register(major: number, minor: number | 'any', opener: DeviceOpener): void {
    this.#openers.set(`${major}:${minor}`, opener);
  }

  /** Undefined: no such device. */
  find(node: FileNode): DeviceOpener | undefined {
    if (node.kind !== NodeKind.CharacterDevice) return undefined;
    const { major, minor } = node.attributes().device;
    return this.#openers.get(`${major}:${minor}`) ?? this.#openers.get(`${major}:any`);
  }
}
