/** ustat(2): how full the file system of a device is. Source: fs/statfs.c, SYSCALL_DEFINE2(ustat). */
import { guestAddress } from '../../cpu/address.ts';
import { EINVAL } from '../abi/errno.ts';
import { writeBytes } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';

/** Offsets in struct ustat; both names stay empty. */
const ustatLayout = { f_tfree: 0, f_tinode: 8, size: 32 } as const;

export function ustat(thread: LinuxThread, device: number, address: number): number {
  const mount = thread.process.fs.namespace.mounts.find(({ server }) => server.deviceId === device);
  if (mount === undefined) return -EINVAL;
  const { blocksFree, nodesFree } = mount.server.statistics();
  const bytes = new Uint8Array(ustatLayout.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(ustatLayout.f_tfree, blocksFree, true);
  view.setBigUint64(ustatLayout.f_tinode, BigInt(nodesFree), true);
  writeBytes(thread.memory, guestAddress(address), bytes);
  return 0;
}
