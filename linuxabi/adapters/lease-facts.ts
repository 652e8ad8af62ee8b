/** Leases as /proc/locks shows them. Source: fs/locks.c, lock_get_status. */
import type { LockFacts } from '../../procfs/capabilities.ts';
import { F_RDLCK, F_WRLCK } from '../abi/fcntl.ts';
import type { LeaseTable } from '../fs/lease-table.ts';
import { decodeDevice } from '../fs/stat-image.ts';

export function* leaseFacts(leases: LeaseTable): Generator<LockFacts> {
  for (const { description, type, breaking } of leases.list()) {
    const node = description.node!;
    const { major, minor } = decodeDevice(node.server.deviceId);
    const shown = breaking?.target ?? type;
    yield {
      kind: 'LEASE',
      state: breaking === undefined ? 'ACTIVE' : 'BREAKING',
      type: shown === F_WRLCK ? 'WRITE' : shown === F_RDLCK ? 'READ' : 'UNLCK',
      pid: description.owner.id,
      deviceMajor: major,
      deviceMinor: minor,
      inode: node.nodeId,
      start: 0,
      end: Infinity,
    };
  }
}
