/**
 * A host folder as a file tree, contained: no guest action reaches a file outside it.
 *
 * - The host never resolves a symbolic link for a guest: links are shown as links and resolved by the guest's own path walk.
 * - A node knows its parent and its name, not a path. Before each use its folder must be, by the host's word, in its place below the root, and
 *   the call is made relative to that very folder (host-folders.ts); no final component is followed (host-open.ts).
 * - Only regular files are opened. Devices, FIFOs and sockets of the host are shown and never touched.
 *
 * Calls are synchronous, so a guest can't change anything between check and use. Other users of the host can't either on Linux; elsewhere
 * they can, and against them this is no wall there.
 */
import { realpathSync, statfsSync } from 'node:fs';
import type { FileServer, ServerStatistics } from '../../kernel/file-server.ts';
import { HostFiles } from './host-files.ts';
import { openFolders, type HostFolders } from './host-folders.ts';
import type { HostRules, TreeRules } from './host-rules.ts';
import { HostNode } from './host-node.ts';

export interface HostServerOptions {
  readonly deviceId: number;
  readonly access: 'read-write' | 'read-only';
  /** What of the host is denied, wherever it lies. */
  readonly rules?: HostRules;
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
  readonly folders: HostFolders;
  readonly rules: TreeRules | undefined;
  readonly #nodes = new Map<string, WeakRef<HostNode>>();
  readonly #ended = new FinalizationRegistry<string>((key) => {
    if (this.#nodes.get(key)?.deref() === undefined) this.#nodes.delete(key);
  });

  /** Throws Node's error when the folder is not there. */
  constructor(folder: string, options: HostServerOptions) {
    this.path = realpathSync(folder);
    this.folders = openFolders(this.path);
    this.rules = options.rules?.below(this.path);
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

  /** Gives back descriptors; what is used all the same is opened again. */
  dispose(): void {
    this.files.closeAll();
    this.folders.dispose();
  }

  statistics(): ServerStatistics {
    const path = this.folders.place(this.root, '.');
    const { bsize, blocks, bfree, files, ffree } = statfsSync(typeof path === 'number' ? this.path : path);
    return { blockSizeBytes: bsize, blocks, blocksFree: bfree, nodes: files, nodesFree: ffree, nameLimit: 255 };
  }
}
