/** Opening and changing a host file that must be the one meant: on Linux nothing else is even touched. */
import * as fs from 'node:fs';
import { Status } from '../../kernel/status.ts';
import { identityOf, O_PATH } from './host-folders.ts';
import type { OpenHostFile } from './host-files.ts';
import type { HostPath } from './host-path.ts';

const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_RDWR } = fs.constants;
const hasDescriptorPaths = process.platform === 'linux' && fs.existsSync('/proc/self/fd');

/** A descriptor of the regular file with this identity, or a Status: not found when the path leads to another one by now. */
export function openHostFile(path: HostPath, access: OpenHostFile['access'], identity: string): number {
  const mode = (access === 'read' ? O_RDONLY : O_RDWR) | O_NONBLOCK;
  // Opening a device or a FIFO can do something: look first, and open what was looked at.
  if (hasDescriptorPaths) return withPlace(path, identity, (place) => fs.openSync(place, mode));
  const descriptor = fs.openSync(path, mode | O_NOFOLLOW);
  const stats = fs.fstatSync(descriptor, { bigint: true });
  if (stats.isFile() && identityOf(stats) === identity) return descriptor;
  fs.closeSync(descriptor);
  return Status.NotFound;
}

/** chmod(2) follows a link that has come in between, so it needs the same care. */
export function changePermissions(path: HostPath, permissions: number, identity: string): Status {
  const change = (place: HostPath): Status => {
    fs.chmodSync(place, permissions);
    return Status.Ok;
  };
  return hasDescriptorPaths ? (withPlace(path, identity, change) as Status) : change(path);
}

/** Calls with a path that means the very file that this path leads to now, if it is the one meant. */
function withPlace(path: HostPath, identity: string, call: (place: string) => number): number {
  const place = fs.openSync(path, O_PATH | O_NOFOLLOW);
  try {
    const stats = fs.fstatSync(place, { bigint: true });
    if (identityOf(stats) !== identity || stats.isSymbolicLink()) return Status.NotFound;
    return call(`/proc/self/fd/${place}`);
  } finally {
    fs.closeSync(place);
  }
}
