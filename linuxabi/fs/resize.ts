/** Setting a file's size on behalf of a thread. */
import { setSize } from '../../kernel/file-server.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { EFBIG } from '../abi/errno.ts';
import { RLIMIT_FSIZE } from '../abi/resource.ts';
import { SIGXFSZ } from '../abi/signal.ts';
import type { LinuxThread } from '../process/thread.ts';
import { sendToThread } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import { linuxResult } from '../status-errno.ts';
import { factoriesOf } from './opening.ts';

/** 0 or −errno; beyond RLIMIT_FSIZE the thread gets SIGXFSZ. Source: fs/attr.c, inode_newsize_ok. */
export function resize(thread: LinuxThread, node: FileNode, length: number): number {
  const limit = thread.process.limits.soft(RLIMIT_FSIZE);
  if (length > limit && length > node.attributes().sizeBytes) {
    sendToThread(thread, kernelSignal(SIGXFSZ));
    return -EFBIG;
  }
  const sealed = thread.process.fs.system.seals.refusesSize(node, length);
  if (sealed < 0) return sealed;
  factoriesOf(thread).aboutToChange(node);
  return linuxResult(setSize(node, length));
}
