/**
 * A host folder as a file tree, contained: no guest action reaches a file outside it.
 *
 * - The host never resolves a symbolic link for a guest: links are shown as links and resolved by the guest's own path walk.
 * - A node knows its parent and its name, not a path. Before each use the path is made anew, and its folder must still be, by the host's
 *   word (realpath), the very place below the root; final components are opened with O_NOFOLLOW.
 * - Only regular files are opened. Devices, FIFOs and sockets of the host are shown and never touched.
 *
 * Calls are synchronous, so a guest can't change anything between check and use. Other users of the host can; against them this is no wall.
 */
import { realpathSync, statfsSync } from 'node:fs';
import type { FileServer, ServerStatistics } from '../../kernel/file-server.ts';
import { HostFiles } from './host-files.ts';
import { HostNode } from './host-node.ts';

export interface HostServerOptions {
  readonly deviceId: number;
  readonly access: 'read-write' | 'read-only';
}

export class HostServer implements FileServer {
  readonly type = 'host';
  readonly namesAreVolatile = true;
  readonly deviceId: number;
  readonly readOnly: boolean;
  /** Real path of the folder. */
  readonly path: string;
  readonly root: HostNode;
  readonly files = new HostFiles();
  readonly #nodes = new Map<string, WeakRef<HostNode>>();
  readonly #ended = new FinalizationRegistry<string>((key) => {
    if (this.#nodes.get(key)?.deref() === undefined) this.#nodes.delete(key);
  });

  /** Throws Node's error when the folder is not there. */
  constructor(folder: string, options: HostServerOptions) {
    this.path = realpathSync(folder);
    this.deviceId = options.deviceId;
    this.readOnly = options.access === 'read-only';
    this.root = HostNode.root(this);
  }

  /** The node of a host file: one object however many names lead to it. */
  intern(identity: string, make: () => HostNode): HostNode {
    const known = this.#nodes.get(identity)?.deref();
    if (known !== undefined) return known;
    const node = make();
    this.#nodes.set(identity, new WeakRef(node));
    this.#ended.register(node, identity);
    return node;
  }

  known(identity: string): HostNode | undefined {
    return this.#nodes.get(identity)?.deref();
  }

  forget(identity: string): void {
    this.#nodes.delete(identity);
  }

  statistics(): ServerStatistics {
    const { bsize, blocks, bfree, files, ffree } = statfsSync(this.path);
    return { blockSizeBytes: bsize, blocks, blocksFree: bfree, nodes: files, nodesFree: ffree, nameLimit: 255 };
  }
}
