/** Every syscall on files and descriptors; a family per file in calls/. */
import type { SyscallDefinition } from '../syscall.ts';
import { allocateCalls } from './calls/allocate.ts';
import { attributeCalls } from './calls/attributes.ts';
import { copyCalls } from './calls/copy.ts';
import { directoryCalls } from './calls/directories.ts';
import { epollCalls } from './calls/epoll.ts';
import { eventCalls } from './calls/events.ts';
import { extendedAttributeCalls } from './calls/extended-attributes.ts';
import { fcntlCalls } from './calls/fcntl.ts';
import { handleCalls } from './calls/handles.ts';
import { inotifyCalls } from './calls/inotify.ts';
import { ioctlCalls } from './calls/ioctl.ts';
import { mountContextCalls } from './calls/mount-contexts.ts';
import { mountTreeCalls } from './calls/mount-trees.ts';
import { mountCalls } from './calls/mounts.ts';
import { nameCalls } from './calls/names.ts';
import { openCloseCalls } from './calls/open-close.ts';
import { pollCalls } from './calls/poll.ts';
import { readWriteCalls } from './calls/read-write.ts';
import { selectCalls } from './calls/select.ts';
import { spliceCalls } from './calls/splice.ts';
import { statCalls } from './calls/stat.ts';
import { syncCalls } from './calls/sync.ts';

export const fileSyscalls: readonly SyscallDefinition[] = [
  ...readWriteCalls,
  ...openCloseCalls,
  ...statCalls,
  ...nameCalls,
  ...handleCalls,
  ...mountCalls,
  ...mountTreeCalls,
  ...mountContextCalls,
  ...allocateCalls,
  ...attributeCalls,
  ...directoryCalls,
  ...fcntlCalls,
  ...ioctlCalls,
  ...pollCalls,
  ...selectCalls,
  ...epollCalls,
  ...eventCalls,
  ...inotifyCalls,
  ...copyCalls,
  ...spliceCalls,
  ...syncCalls,
  ...extendedAttributeCalls,
];
