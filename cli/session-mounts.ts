/** The mounts of a session: volumes and trees in memory in the order of their places, then a root that can't be changed any more. */
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_RELATIME } from '../linuxabi/abi/mount.ts';
import { createTmpfs } from '../linuxabi/fs/mounting/tmpfs.ts';
import type { Machine } from '../linuxabi/machine.ts';
import { HostRules } from '../rootfs/host/host-rules.ts';
import { SwappableServer } from '../rootfs/swap/swappable-server.ts';
import { mountVolumes } from './host-trees.ts';
import type { MountRequests, TmpfsRequest } from './mount-options.ts';
import { UsageError } from './options.ts';
import type { Denials } from './permission-options.ts';
import { placeAt } from './session-files.ts';
import { NodeKind } from '../kernel/file-server.ts';

/** A place inside another is mounted after it. */
export function mountRequested(machine: Machine, requests: MountRequests, denied: Denials): void {
  const rules = new HostRules({ hidden: denied.read, unchangeable: denied.write });
  const all = [...requests.volumes, ...requests.tmpfs];
  const depth = ({ target }: { target: string }): number => target.split('/').filter((name) => name !== '').length;
  for (const request of all.toSorted((a, b) => depth(a) - depth(b))) {
    if ('source' in request) mountVolumes(machine.fs.system, [request], rules);
    else mountTmpfs(machine, request);
  }
}

const FLAGS: Readonly<Record<string, number>> = {
  ro: MS_RDONLY,
  nosuid: MS_NOSUID,
  nodev: MS_NODEV,
  noexec: MS_NOEXEC,
};

function mountTmpfs(machine: Machine, { target, options, flags }: TmpfsRequest): void {
  const { system } = machine.fs;
  const tree = createTmpfs({ system, memoryBytes: machine.memoryBytes, owner: 0, group: 0 }, options);
  if (typeof tree === 'number')
    throw new UsageError(`--tmpfs ${target}:${options}: expected options of tmpfs(5), as size=64m,mode=1777`);
  let bits = MS_RELATIME;
  for (const flag of flags) bits |= FLAGS[flag] ?? 0;
  system.mount({ ...tree, source: 'tmpfs', flags: bits }, placeAt(system, target, NodeKind.Directory));
}

/** Whoever is root inside can't take it back. */
export function freezeRoot({ fs: { system } }: Machine): void {
  const { mount } = system.root;
  mount.flags |= MS_RDONLY;
  mount.superBlock.isReadOnly = true;
  if (mount.server instanceof SwappableServer) mount.server.freeze();
}
