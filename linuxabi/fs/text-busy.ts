/**
 * A file that a program runs from is not written, and one that is open for writing is not run: ETXTBSY. Source: open(2), execve(2);
 * include/linux/fs.h, get_write_access, deny_write_access.
 */
import type { FileNode } from '../../kernel/file-server.ts';
import type { Description } from './description.ts';
import type { Machine } from '../machine.ts';

/** Two names of a file may have led to it twice. */
function isSame(one: FileNode | undefined, other: FileNode): boolean {
  return one === other || (one !== undefined && one.server === other.server && one.nodeId === other.nodeId);
}

/** Some program runs from it. */
export function isExecuting(machine: Machine, node: FileNode): boolean {
  for (const process of machine.tasks.processes.values()) {
    if (!process.exited && isSame(process.executableFile?.node, node)) return true;
  }
  return false;
}

/** Some process has it open for writing. */
export function isWritten(machine: Machine, node: FileNode): boolean {
  const writes = ({ canWrite, location }: Description): boolean => canWrite && isSame(location?.dentry.node, node);
  for (const { files, exited } of machine.tasks.processes.values()) if (!exited && files.some(writes)) return true;
  return false;
}
