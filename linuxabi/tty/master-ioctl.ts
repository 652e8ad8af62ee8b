/** ioctls of a pseudo-terminal's master. Source: ioctl_tty(2), pts(4). */
import type { GuestAddress } from '../../cpu/address.ts';
import { EINVAL, ENOTTY } from '../abi/errno.ts';
import { SIGINT, SIGQUIT, SIGTSTP } from '../abi/signal.ts';
import * as abi from '../abi/termios.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { PtyMaster } from './pty.ts';
import { getWindow, setWindow, terminalIoctl } from './terminal-ioctl.ts';

const SIGNALS_FROM_MASTER: readonly number[] = [SIGINT, SIGQUIT, SIGTSTP];
/** Requests about the line that Linux carries out on the slave, whichever side asks. */
const ABOUT_SLAVE: ReadonlySet<number> = new Set([
  abi.TCGETS,
  abi.TCGETS2,
  abi.TCSETS,
  abi.TCSETSW,
  abi.TCSETSF,
  abi.TCSETS2,
  abi.TCSETSW2,
  abi.TCSETSF2,
  abi.TCFLSH,
  abi.TCXONC,
  abi.TCSBRK,
  abi.TCSBRKP,
]);

export function masterIoctl(thread: LinuxThread, master: PtyMaster, request: number, argument: GuestAddress): number {
  const { memory } = thread;
  const { terminal } = master;
  switch (request >>> 0) {
    case abi.TIOCGPTN:
      memory.writeU32(argument, master.index);
      return 0;
    case abi.TIOCSPTLCK:
      master.locked = memory.readI32(argument) !== 0;
      return 0;
    case abi.TIOCGPTLCK:
      memory.writeU32(argument, master.locked ? 1 : 0);
      return 0;
    case abi.TIOCGWINSZ:
      return getWindow(thread, terminal, argument);
    case abi.TIOCSWINSZ:
      return setWindow(thread, terminal, argument);
    case abi.FIONREAD:
      memory.writeU32(argument, master.available);
      return 0;
    case abi.TIOCGPGRP:
      memory.writeU32(argument, terminal.foregroundGroup?.pgid ?? 0);
      return 0;
    case abi.TIOCGSID:
      if (terminal.session === undefined) return -ENOTTY;
      memory.writeU32(argument, terminal.session.sid);
      return 0;
    case abi.TIOCSIG:
      if (!SIGNALS_FROM_MASTER.includes(argument)) return -EINVAL;
      terminal.signalForeground(argument);
      return 0;
    default:
      return ABOUT_SLAVE.has(request >>> 0) ? terminalIoctl(thread, terminal, request, argument) : -ENOTTY;
  }
}
