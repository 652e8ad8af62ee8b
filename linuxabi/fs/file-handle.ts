/**
 * File handles: numbers that name a file whatever its paths become. They have the form of tmpfs's handles and are known for files that
 * were asked for, as long as the files are there. Source: name_to_handle_at(2); mm/shmem.c, shmem_encode_fh.
 */
import type { FileNode, FileServer } from '../../kernel/file-server.ts';
import type { Dentry } from './dentry.ts';

/** Words: generation (always 0), number of the file, low and high. */
export const HANDLE_BYTES = 12;
export const HANDLE_TYPE = 1;

export function encodeHandle(node: FileNode): Uint8Array {
  const words = new Uint32Array(HANDLE_BYTES / 4);
  words[1] = node.nodeId % 2 ** 32;
  words[2] = Math.floor(node.nodeId / 2 ** 32);
  return new Uint8Array(words.buffer);
}

/** As /proc/PID/fdinfo shows it. Source: fs/notify/fdinfo.c, show_mark_fhandle. */
export function showHandle(node: FileNode): string {
  const digits = Array.from(encodeHandle(node), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `fhandle-bytes:${HANDLE_BYTES.toString(16)} fhandle-type:${HANDLE_TYPE} f_handle:${digits}`;
}

/** The files for which handles were given out. */
export class FileHandles {
  readonly #known = new Map<FileServer, Map<number, Dentry>>();

  give(dentry: Dentry): Uint8Array {
    const node = dentry.node!;
    let known = this.#known.get(node.server);
    if (known === undefined) {
      known = new Map();
      this.#known.set(node.server, known);
    }
    const before = known.get(node.nodeId);
    if (before === undefined || before.removed) known.set(node.nodeId, dentry);
    return encodeHandle(node);
  }

  /** Undefined when the file is gone, or the handle was never given. */
  find(server: FileServer, handle: Uint8Array): Dentry | undefined {
    const view = new DataView(handle.buffer, handle.byteOffset);
    const nodeId = view.getUint32(4, true) + view.getUint32(8, true) * 2 ** 32;
    const known = this.#known.get(server);
    const dentry = known?.get(nodeId);
    if (dentry === undefined || view.getUint32(0, true) !== 0) return undefined;
    if (!dentry.removed || dentry.node!.attributes().links > 0) return dentry;
    known!.delete(nodeId);
    return undefined;
  }
}
