/** The host's network for a machine that is about to be made; loaded only when asked for. */
import type { FileSystem } from '../../linuxabi/fs/file-system.ts';
import { writeFile } from '../session-files.ts';
import type { NetworkRequest } from './network-request.ts';
import type { NodeNetwork } from './node-network.ts';

/** The root is told where names are answered. */
export async function openNetwork(request: NetworkRequest, system: FileSystem): Promise<NodeNetwork> {
  const { NodeNetwork } = await import('./node-network.ts');
  writeFile(system, '/etc/resolv.conf', 'nameserver 10.0.2.3\n');
  const network = new NodeNetwork(request);
  await network.learnDenied();
  return network;
}
