/** A mount as the tables under /proc show it. Source: fs/proc_namespace.c. */
import type { ByteString } from '../../kernel/byte-string.ts';
import type { MountFacts } from '../../procfs/capabilities.ts';
import {
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_RELATIME,
} from '../abi/mount.ts';
import type { Dentry } from '../fs/dentry.ts';
import type { Mount } from '../fs/mount.ts';
import type { PeerGroup } from '../fs/peer-group.ts';
import { decodeDevice } from '../fs/stat-image.ts';

/** In the order of the table. */
const shownFlags: readonly (readonly [flag: number, text: string])[] = [
  [MS_NOSUID, ',nosuid'],
  [MS_NODEV, ',nodev'],
  [MS_NOEXEC, ',noexec'],
  [MS_NOATIME, ',noatime'],
  [MS_NODIRATIME, ',nodiratime'],
  [MS_RELATIME, ',relatime'],
  [MS_NOSYMFOLLOW, ',nosymfollow'],
];

export function mountFacts(mount: Mount, place: ByteString): MountFacts {
  const { superBlock, server, root } = mount;
  const { major, minor } = decodeDevice(server.deviceId);
  return {
    id: mount.id,
    parentId: mount.at?.mount.id ?? 1,
    deviceMajor: major,
    deviceMinor: minor,
    root: pathInTree(root),
    place,
    type: server.type,
    source: mount.source,
    isReadOnly: mount.has(MS_RDONLY),
    flags: shownFlags.map(([flag, text]) => (mount.has(flag) ? text : '')).join(''),
    tags: tagsOf(mount),
    treeIsReadOnly: superBlock.isReadOnly,
    treeOptions: superBlock.options === '' ? '' : `,${superBlock.options}`,
  };
}

function pathInTree(dentry: Dentry): ByteString {
  let path = '';
  for (let here = dentry; here.parent !== undefined; here = here.parent) path = `/${here.name}${path}`;
  const known = path === '' ? '/' : path;
  return dentry.removed ? `${known}//deleted` : known;
}

/** `propagate_from`: the nearest master that can be seen from here, where the mount's own can't be. Source: get_dominating_id. */
function tagsOf({ group, master, isUnbindable, namespace }: Mount): string {
  const seen = (peers: PeerGroup): boolean => [...peers.members].some((member) => member.namespace === namespace);
  let nearest = master;
  while (nearest !== undefined && !seen(nearest)) nearest = [...nearest.members][0]?.master;
  return [
    group === undefined ? '' : `shared:${group.id} `,
    master === undefined ? '' : `master:${master.id} `,
    nearest === undefined || nearest === master ? '' : `propagate_from:${nearest.id} `,
    isUnbindable ? 'unbindable ' : '',
  ].join('');
}
