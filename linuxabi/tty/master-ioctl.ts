/** ioctls of a pseudo-terminal's master. Source: ioctl_tty(2), pts(4). */
import type { GuestAddress } from '../../cpu/address.ts';
import { EINVAL, EIO, EMFILE, ENOTTY } from '../abi/errno.ts';
import { AT_FDCWD } from '../abi/fcntl.ts';
import { SIGINT, SIGQUIT, SIGTSTP } from '../abi/signal.ts';
import * as abi from '../abi/termios.ts';
import { checkRoom, install } from '../fs/descriptors.ts';
import { describe, factoriesOf } from '../fs/opening.ts';
import { nodeAt } from '../fs/mount.ts';
import { locate } from '../fs/walker.ts';
import { Last } from '../fs/path-walk.ts';
import { encodeDevice } from '../fs/stat-image.ts';
import type { LinuxThread } from '../process/thread.ts';
import { adoptOnOpen, setControllingTerminal, setForegroundGroup } from './job-control.ts';
import { modeIoctl } from './mode-ioctl.ts';
import type { PtyMaster } from './pty.ts';
import { TerminalFile } from './terminal-file.ts';
import { getWindow, putInt, setExclusive, setWindow } from './terminal-ioctl.ts';

type Handler = (thread: LinuxThread, master: PtyMaster, argument: GuestAddress) => number;

const SIGNALS_FROM_MASTER: readonly number[] = [SIGINT, SIGQUIT, SIGTSTP];

const handlers: Readonly<Record<number, Handler>> = {
  [abi.TIOCGPTN]: (thread, master, argument) => putInt(thread, argument, master.index),
  [abi.TIOCSPTLCK]: (thread, master, argument) => {
    master.locked = thread.memory.readI32(argument) !== 0;
    return 0;
  },
  [abi.TIOCGPTLCK]: (thread, master, argument) => putInt(thread, argument, master.locked ? 1 : 0),
  [abi.TIOCGPTPEER]: openPeer,
  [abi.TIOCPKT]: setPacketMode,
  [abi.TIOCGPKT]: (thread, master, argument) => putInt(thread, argument, master.terminal.packets.enabled ? 1 : 0),
  [abi.TIOCSIG]: signalForeground,
  [abi.TIOCGWINSZ]: (thread, { terminal }, argument) => getWindow(thread, terminal, argument),
  [abi.TIOCSWINSZ]: (thread, { terminal }, argument) => setWindow(thread, terminal, argument),
  [abi.FIONREAD]: (thread, master, argument) => putInt(thread, argument, master.available),
  [abi.TIOCOUTQ]: (thread, _master, argument) => putInt(thread, argument, 0),
  [abi.TIOCGPGRP]: (thread, { terminal }, argument) => putInt(thread, argument, terminal.foregroundGroup?.pgid ?? 0),
  [abi.TIOCSPGRP]: (thread, { terminal }, argument) => setForegroundGroup(thread, terminal, argument),
  [abi.TIOCGSID]: (thread, { terminal }, argument) =>
    terminal.session === undefined ? -ENOTTY : putInt(thread, argument, terminal.session.sid),
  [abi.TIOCSCTTY]: (thread, { terminal }, argument) => setControllingTerminal(thread, terminal, argument),
  [abi.TIOCGETD]: (thread, _master, argument) => putInt(thread, argument, 0),
  [abi.TIOCGDEV]: (thread, { terminal }, argument) => putInt(thread, argument, encodeDevice(terminal.device)),
  [abi.TIOCEXCL]: (_thread, { terminal }) => setExclusive(terminal, 'exclusive'),
  [abi.TIOCNXCL]: (_thread, { terminal }) => setExclusive(terminal, 'shared'),
  [abi.TCSBRK]: () => 0,
  [abi.TCSBRKP]: () => 0,
  [abi.TCXONC]: (_thread, master, argument) => flowControl(master, argument),
  [abi.TCFLSH]: (_thread, master, argument) => flush(master, argument),
};

export function masterIoctl(thread: LinuxThread, master: PtyMaster, request: number, argument: GuestAddress): number {
  const number = request >>> 0;
  return (
    modeIoctl(thread, master.terminal, number, argument) ?? handlers[number]?.(thread, master, argument) ?? -ENOTTY
  );
}

function setPacketMode(thread: LinuxThread, { terminal }: PtyMaster, argument: GuestAddress): number {
  if (thread.memory.readI32(argument) !== 0) terminal.packets.enable();
  else terminal.packets.disable();
  return 0;
}

function signalForeground(_thread: LinuxThread, { terminal }: PtyMaster, signal: number): number {
  if (!SIGNALS_FROM_MASTER.includes(signal)) return -EINVAL;
  terminal.signalForeground(signal);
  return 0;
}

/** TIOCGPTPEER: the slave without a look at its path's permissions; the argument are flags of open(2). */
function openPeer(thread: LinuxThread, { terminal, locked, index }: PtyMaster, flags: number): number {
  if (checkRoom(thread) < 0) return -EMFILE;
  if (locked) return -EIO;
  const place = locate(thread, AT_FDCWD, `/dev/pts/${index}`, Last.Follow);
  if (typeof place === 'number') return place;
  adoptOnOpen(thread, terminal, flags);
  const file = factoriesOf(thread).adopt('device', new TerminalFile(terminal, nodeAt(place)));
  return install(thread, describe(thread, file, place, flags), flags);
}

function flowControl(master: PtyMaster, action: number): number {
  const { cc } = master.terminal.termios;
  switch (action) {
    case abi.TCOOFF:
      master.flow.programStops();
      return 0;
    case abi.TCOON:
      master.flow.programStarts();
      return 0;
    case abi.TCIOFF:
      master.terminal.input(cc.subarray(abi.VSTOP, abi.VSTOP + 1));
      return 0;
    case abi.TCION:
      master.terminal.input(cc.subarray(abi.VSTART, abi.VSTART + 1));
      return 0;
    default:
      return -EINVAL;
  }
}

function flush(master: PtyMaster, which: number): number {
  if (which !== abi.TCIFLUSH && which !== abi.TCOFLUSH && which !== abi.TCIOFLUSH) return -EINVAL;
  if (which !== abi.TCOFLUSH) master.discardOutput();
  if (which !== abi.TCIFLUSH) master.discardTyped();
  return 0;
}
