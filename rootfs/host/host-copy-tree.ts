/** A copy of a swappable mount's files in a folder of the host: see rootfs/swap. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FactoryRegistry } from '../../kernel/factory.ts';
import { defineTree } from '../swap/tree-factories.ts';
import { BaseTree } from '../swap/trees.ts';
import { HostServer } from './host-server.ts';

/** In a new folder of the host, which goes with the tree. What the host can't show (a device, another owner) makes the swap fail. */
export class HostCopyTree extends BaseTree<HostServer> {
  readonly #remove = (): void => rmSync(this.server.path, { recursive: true, force: true });

  constructor(deviceId: number) {
    super(new HostServer(mkdtempSync(join(tmpdir(), `k42-tree-${process.pid}-`)), { deviceId, access: 'read-write' }));
    process.once('exit', this.#remove);
  }

  override importState(format: string, state: unknown): void {
    try {
      super.importState(format, state);
    } catch (failure) {
      this.dispose();
      throw failure;
    }
  }

  override dispose(): void {
    process.removeListener('exit', this.#remove);
    this.#remove();
  }
}

/** Mounts of this kernel may be swapped for a copy on the host. */
export function defineHostCopies(registry: FactoryRegistry): void {
  defineTree(registry, 'host-copy', (old) => new HostCopyTree(old.server.deviceId));
}
