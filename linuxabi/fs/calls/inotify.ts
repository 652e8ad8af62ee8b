/** inotify_init, inotify_add_watch, inotify_rm_watch. Source: inotify(7) and the calls' pages; fs/notify/inotify/inotify_user.c. */
import type { ByteString } from '../../../kernel/byte-string.ts';
import { NodeKind } from '../../../kernel/file-server.ts';
import { EBADF, EEXIST, EINVAL, EMFILE, ENOSPC, ENOTDIR } from '../../abi/errno.ts';
import { AT_FDCWD, O_CLOEXEC, O_NONBLOCK, O_RDONLY } from '../../abi/fcntl.ts';
import { IN_DONT_FOLLOW, IN_MASK_ADD, IN_MASK_CREATE, IN_ONLYDIR, inotifyMaskNames } from '../../abi/inotify.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { fd, flags, int, partial, path, syscall } from '../../syscall.ts';
import { Description } from '../description.ts';
import { install } from '../descriptors.ts';
import { nodeAt } from '../mount.ts';
import { InotifyFile } from '../notify/inotify-file.ts';
import type { WatchLimits } from '../notify/watch-account.ts';
import { factoriesOf } from '../opening.ts';
import { Last } from '../path-walk.ts';
import { checkAccess, May } from '../permission.ts';
import { locate } from '../walker.ts';

const ALL_BITS = Object.values(inotifyMaskNames).reduce((all, bit) => all | bit, 0);

function inotifyInit1(thread: LinuxThread, initFlags: number): number {
  if ((initFlags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) return -EINVAL;
  const { settings } = thread.machine;
  const { system } = thread.process.fs;
  const limits: WatchLimits = {
    instances: () => settings.number('fs/inotify/max_user_instances'),
    watches: () => settings.number('fs/inotify/max_user_watches'),
  };
  const account = system.watchAccounts.of(thread.process.credentials.uid, limits);
  if (!account.takeInstance()) return -EMFILE;
  const file = new InotifyFile(system.notifier, account, settings.number('fs/inotify/max_queued_events'));
  const factories = factoriesOf(thread);
  const description = new Description({
    reference: factories.adopt('inotify', file),
    factories,
    flags: O_RDONLY | (initFlags & O_NONBLOCK),
    label: 'anon_inode:inotify',
  });
  return install(thread, description, initFlags);
}

function inotifyAt(thread: LinuxThread, fdNumber: number): InotifyFile | number {
  const description = thread.process.files.get(fdNumber);
  if (description === undefined) return -EBADF;
  return description.file instanceof InotifyFile ? description.file : -EINVAL;
}

function addWatch(thread: LinuxThread, fdNumber: number, name: ByteString, mask: number): number {
  if ((mask & ~ALL_BITS) !== 0 || (mask & ALL_BITS) === 0) return -EINVAL;
  const adds = (mask & IN_MASK_ADD) !== 0;
  const creates = (mask & IN_MASK_CREATE) !== 0;
  const inotify = inotifyAt(thread, fdNumber);
  if (inotify === -EBADF || (adds && creates)) return inotify === -EBADF ? -EBADF : -EINVAL;
  if (typeof inotify === 'number') return inotify;
  const location = locate(thread, AT_FDCWD, name, (mask & IN_DONT_FOLLOW) !== 0 ? Last.NoFollow : Last.Follow);
  if (typeof location === 'number') return location;
  const node = nodeAt(location);
  if ((mask & IN_ONLYDIR) !== 0 && node.kind !== NodeKind.Directory) return -ENOTDIR;
  const denied = checkAccess(node, thread.process.credentials, May.Read);
  if (denied < 0) return denied;
  const known = inotify.watchOf(node);
  if (known === undefined) return inotify.watch(node, mask) ?? -ENOSPC;
  if (creates) return -EEXIST;
  known.change(mask, adds ? 'adds' : 'sets');
  return known.number;
}

function removeWatch(thread: LinuxThread, fdNumber: number, number: number): number {
  const inotify = inotifyAt(thread, fdNumber);
  if (typeof inotify === 'number') return inotify;
  return inotify.unwatch(number) ? 0 : -EINVAL;
}

export const inotifyCalls = [
  syscall(253, 'inotify_init', [], (thread) => inotifyInit1(thread, 0)),
  syscall(
    254,
    'inotify_add_watch',
    [fd('fd'), path('pathname'), flags('mask', inotifyMaskNames)],
    addWatch,
    partial('executing and mapping a file are not told'),
  ),
  syscall(255, 'inotify_rm_watch', [fd('fd'), int('wd')], removeWatch),
  syscall(294, 'inotify_init1', [flags('flags', { O_CLOEXEC, O_NONBLOCK })], inotifyInit1),
];
