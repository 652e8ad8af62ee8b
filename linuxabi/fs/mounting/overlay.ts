/** overlay: mounting directories on top of each other. Source: Documentation/filesystems/overlayfs.rst; fs/overlayfs/params.c, super.c. */
import type { ByteString } from '../../../kernel/byte-string.ts';
import { NodeKind } from '../../../kernel/file-server.ts';
import { OverlayServer } from '../../../rootfs/overlay/overlay-server.ts';
import { EINVAL, ENOTDIR } from '../../abi/errno.ts';
import { AT_FDCWD } from '../../abi/fcntl.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { nodeAt } from '../mount.ts';
import type { Location } from '../mount.ts';
import { Last } from '../path-walk.ts';
import { locate } from '../walker.ts';
import { parseOptions } from './option-text.ts';
import type { NewTree } from './tmpfs.ts';

/** Accepted, and without effect here. */
const QUIET = new Set([
  'index',
  'redirect_dir',
  'xino',
  'metacopy',
  'nfs_export',
  'volatile',
  'default_permissions',
  'uuid',
]);
const KNOWN = new Set(['lowerdir', 'upperdir', 'workdir']);
/** Source: fs/overlayfs/ovl_entry.h, OVL_MAX_STACK. */
const MOST_LAYERS = 500;

export function makeOverlay(thread: LinuxThread, text: ByteString): NewTree | number {
  const options = parseOptions(text);
  for (const name of options.keys()) if (!KNOWN.has(name) && !QUIET.has(name)) return -EINVAL;
  const lowerNames = (options.get('lowerdir') ?? '').split(':').filter((name) => name !== '');
  const upperName = options.get('upperdir');
  const workName = options.get('workdir');
  if (lowerNames.length === 0 || lowerNames.length > MOST_LAYERS) return -EINVAL;
  if (upperName === undefined ? lowerNames.length < 2 : workName === undefined) return -EINVAL;
  const lowers = placesOf(thread, lowerNames);
  if (typeof lowers === 'number') return lowers;
  const above = upperName === undefined ? [] : placesOf(thread, [upperName, workName!]);
  if (typeof above === 'number') return above;
  const [upper, work] = above;
  if (upper !== undefined && work !== undefined) {
    const overlaps = upper.dentry.contains(work.dentry) || work.dentry.contains(upper.dentry);
    if (upper.mount !== work.mount || upper.mount.readOnly || overlaps) return -EINVAL;
    // Its names change without this name tree hearing of it.
    upper.dentry.askAlways();
  }
  const server = new OverlayServer(thread.process.fs.system.nextDevice(), {
    upper: upper && nodeAt(upper),
    work: work && nodeAt(work),
    lowers: lowers.map((place) => nodeAt(place)),
  });
  return { server, options: text };
}

function placesOf(thread: LinuxThread, names: readonly ByteString[]): Location[] | number {
  const places: Location[] = [];
  for (const name of names) {
    const place = locate(thread, AT_FDCWD, name, Last.Follow);
    if (typeof place === 'number') return place;
    if (nodeAt(place).kind !== NodeKind.Directory) return -ENOTDIR;
    places.push(place);
  }
  return places;
}
