/** syslog(2): reading and clearing the kernel's log. Source: kernel/printk/printk.c, do_syslog, check_syslog_permissions. */
import { guestAddress } from '../../cpu/address.ts';
import { CAP_SYSLOG, CAP_SYS_ADMIN } from '../abi/capability.ts';
import { EINVAL, EPERM } from '../abi/errno.ts';
import { Restart, WAIT, block } from '../blocking.ts';
import { writeBytes } from '../guest-string.ts';
import { capable } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { LOG_BUFFER_BYTES } from './kernel-log.ts';

export const syslogNames = {
  SYSLOG_ACTION_CLOSE: 0,
  SYSLOG_ACTION_OPEN: 1,
  SYSLOG_ACTION_READ: 2,
  SYSLOG_ACTION_READ_ALL: 3,
  SYSLOG_ACTION_READ_CLEAR: 4,
  SYSLOG_ACTION_CLEAR: 5,
  SYSLOG_ACTION_CONSOLE_OFF: 6,
  SYSLOG_ACTION_CONSOLE_ON: 7,
  SYSLOG_ACTION_CONSOLE_LEVEL: 8,
  SYSLOG_ACTION_SIZE_UNREAD: 9,
  SYSLOG_ACTION_SIZE_BUFFER: 10,
} as const;

function isAllowed({ machine, process }: LinuxThread, action: number): boolean {
  const open: readonly number[] = [syslogNames.SYSLOG_ACTION_READ_ALL, syslogNames.SYSLOG_ACTION_SIZE_BUFFER];
  if (machine.settings.number('kernel/dmesg_restrict') === 0 && open.includes(action)) return true;
  return capable(process.credentials, CAP_SYSLOG) || capable(process.credentials, CAP_SYS_ADMIN);
}

export function syslog(thread: LinuxThread, action: number, buffer: number, length: number): number {
  if (!isAllowed(thread, action)) return -EPERM;
  const { kernelLog } = thread.machine;
  switch (action) {
    case syslogNames.SYSLOG_ACTION_CLOSE:
    case syslogNames.SYSLOG_ACTION_OPEN:
    case syslogNames.SYSLOG_ACTION_CONSOLE_OFF:
    case syslogNames.SYSLOG_ACTION_CONSOLE_ON:
      return 0;
    case syslogNames.SYSLOG_ACTION_READ:
      return read(thread, buffer, length);
    case syslogNames.SYSLOG_ACTION_READ_ALL:
    case syslogNames.SYSLOG_ACTION_READ_CLEAR: {
      const stored = readAll(thread, buffer, length);
      if (stored >= 0 && action === syslogNames.SYSLOG_ACTION_READ_CLEAR) kernelLog.clear();
      return stored;
    }
    case syslogNames.SYSLOG_ACTION_CLEAR:
      kernelLog.clear();
      return 0;
    case syslogNames.SYSLOG_ACTION_CONSOLE_LEVEL:
      return length < 1 || length > 8 ? -EINVAL : 0;
    case syslogNames.SYSLOG_ACTION_SIZE_UNREAD:
      return kernelLog.unreadBytes;
    case syslogNames.SYSLOG_ACTION_SIZE_BUFFER:
      return LOG_BUFFER_BYTES;
    default:
      return -EINVAL;
  }
}

function read(thread: LinuxThread, buffer: number, length: number): number {
  const { kernelLog, kernelLogGrown } = thread.machine;
  if (buffer === 0 || length < 0) return -EINVAL;
  if (length === 0) return 0;
  return block(thread, {
    attempt: () => {
      const bytes = kernelLog.take(length);
      if (bytes.length === 0) return WAIT;
      writeBytes(thread.memory, guestAddress(buffer), bytes);
      return bytes.length;
    },
    queues: [kernelLogGrown],
    restart: Restart.Sys,
  });
}

function readAll(thread: LinuxThread, buffer: number, length: number): number {
  if (buffer === 0 || length < 0) return -EINVAL;
  let stored = 0;
  for (const line of thread.machine.kernelLog.last(length)) {
    writeBytes(thread.memory, guestAddress(buffer + stored), line);
    stored += line.length;
  }
  return stored;
}
