/** ioctl: what every descriptor knows is answered here, the rest goes to the object (LinuxFile.ioctl). */
import { guestAddress } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import { NodeKind } from '../../../kernel/file-server.ts';
import { Whence } from '../../../kernel/open-file.ts';
import { ENOTTY } from '../../abi/errno.ts';
import { O_NONBLOCK } from '../../abi/fcntl.ts';
import { FIOASYNC, FIOCLEX, FIONBIO, FIONCLEX, FIONREAD } from '../../abi/ioctl.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { fd, pointer, syscall, ulong } from '../../syscall.ts';
import { setAsync } from '../async-signals.ts';
import type { Description } from '../description.ts';
import { usable } from '../descriptors.ts';
import { OnExec } from '../fd-table.ts';
import type { LinuxFile } from '../linux-file.ts';

function setNonBlocking(thread: LinuxThread, description: Description, argument: GuestAddress): number {
  const on = thread.memory.readU32(argument) !== 0;
  description.flags = on ? description.flags | O_NONBLOCK : description.flags & ~O_NONBLOCK;
  return 0;
}

/** FIONREAD for objects that do not answer it themselves. */
function available(thread: LinuxThread, description: Description, argument: GuestAddress): number {
  const { file, node } = description;
  let count = file.availableBytes?.();
  if (count === undefined) {
    if (node?.kind !== NodeKind.File) return -ENOTTY;
    count = node.attributes().sizeBytes - file.seek(0, Whence.Current);
  }
  thread.memory.writeU32(argument, count >>> 0);
  return 0;
}

function ioctl(thread: LinuxThread, fdNumber: number, request: number, argument: GuestAddress): number {
  const description = usable(thread, fdNumber);
  if (typeof description === 'number') return description;
  const code = request % 2 ** 32;
  switch (code) {
    case FIOCLEX:
    case FIONCLEX:
      thread.process.files.setOnExec(fdNumber, code === FIOCLEX ? OnExec.Close : OnExec.Keep);
      return 0;
    case FIONBIO:
      return setNonBlocking(thread, description, argument);
    case FIOASYNC:
      return setAsync(thread, description, fdNumber, thread.memory.readU32(argument) !== 0 ? 'on' : 'off');
  }
  const own = (description.file as LinuxFile).ioctl?.(thread, code | 0, guestAddress(argument));
  if (own !== undefined && own !== -ENOTTY) return own;
  return code === FIONREAD ? available(thread, description, argument) : -ENOTTY;
}

export const ioctlCalls = [syscall(16, 'ioctl', [fd('fd'), ulong('request'), pointer('argp')], ioctl)];
