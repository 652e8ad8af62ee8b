/** ioctls of a terminal's program side. Source: ioctl_tty(2), tty_ioctl(4). */
import type { GuestAddress } from '../../cpu/address.ts';
import { CAP_SYS_ADMIN } from '../abi/capability.ts';
import { capable } from '../process/credentials.ts';
import { EBUSY, EFAULT, EINVAL, EIO, ENOTTY, EPERM } from '../abi/errno.ts';
import { SIGTTOU } from '../abi/signal.ts';
import * as abi from '../abi/termios.ts';
import type { LinuxThread } from '../process/thread.ts';
import { checkBackground, setControllingTerminal, setForegroundGroup } from './job-control.ts';
import type { Terminal } from './terminal.ts';

type Handler = (thread: LinuxThread, terminal: Terminal, argument: GuestAddress) => number;

/** Requests that change the terminal: a background caller is stopped with SIGTTOU first. */
const CHANGES: ReadonlySet<number> = new Set([
  abi.TCSETS,
  abi.TCSETSW,
  abi.TCSETSF,
  abi.TCSETS2,
  abi.TCSETSW2,
  abi.TCSETSF2,
  abi.TCSBRK,
  abi.TCSBRKP,
  abi.TCXONC,
  abi.TCFLSH,
  abi.TIOCSETD,
]);

const handlers: Readonly<Record<number, Handler>> = {
  [abi.TCGETS]: (thread, terminal, argument) => getModes(thread, terminal, argument, abi.TERMIOS_SIZE),
  [abi.TCGETS2]: (thread, terminal, argument) => getModes(thread, terminal, argument, abi.TERMIOS2_SIZE),
  [abi.TCSETS]: (thread, terminal, argument) => setModes(thread, terminal, argument, abi.TERMIOS_SIZE),
  [abi.TCSETSW]: (thread, terminal, argument) => setModes(thread, terminal, argument, abi.TERMIOS_SIZE),
  [abi.TCSETSF]: (thread, terminal, argument) => flushAndSetModes(thread, terminal, argument, abi.TERMIOS_SIZE),
  [abi.TCSETS2]: (thread, terminal, argument) => setModes(thread, terminal, argument, abi.TERMIOS2_SIZE),
  [abi.TCSETSW2]: (thread, terminal, argument) => setModes(thread, terminal, argument, abi.TERMIOS2_SIZE),
  [abi.TCSETSF2]: (thread, terminal, argument) => flushAndSetModes(thread, terminal, argument, abi.TERMIOS2_SIZE),
  [abi.TCSBRK]: () => 0,
  [abi.TCSBRKP]: () => 0,
  [abi.TCXONC]: (_thread, terminal, argument) => flowControl(terminal, argument),
  [abi.TCFLSH]: (_thread, terminal, argument) => flush(terminal, argument),
  [abi.TIOCGWINSZ]: getWindow,
  [abi.TIOCSWINSZ]: setWindow,
  [abi.TIOCGPGRP]: (thread, terminal, argument) =>
    ownTerminal(thread, terminal, () => putInt(thread, argument, terminal.foregroundGroup?.pgid ?? 0)),
  [abi.TIOCSPGRP]: (thread, terminal, argument) =>
    setForegroundGroup(thread, terminal, thread.memory.readI32(argument)),
  [abi.TIOCGSID]: (thread, terminal, argument) =>
    ownTerminal(thread, terminal, () => putInt(thread, argument, terminal.session?.sid ?? 0)),
  [abi.TIOCSCTTY]: (thread, terminal, argument) => setControllingTerminal(thread, terminal, argument),
  [abi.TIOCNOTTY]: giveUpTerminal,
  [abi.FIONREAD]: (thread, terminal, argument) => putInt(thread, argument, terminal.discipline.available()),
  [abi.TIOCOUTQ]: (thread, terminal, argument) => putInt(thread, argument, terminal.pendingOutput),
  [abi.TIOCGETD]: (thread, _terminal, argument) => putInt(thread, argument, 0),
  [abi.TIOCSETD]: (thread, _terminal, argument) => (thread.memory.readI32(argument) === 0 ? 0 : -EINVAL),
  [abi.TIOCEXCL]: (_thread, terminal) => setExclusive(terminal, 'exclusive'),
  [abi.TIOCNXCL]: (_thread, terminal) => setExclusive(terminal, 'shared'),
  [abi.TIOCGEXCL]: (thread, terminal, argument) => putInt(thread, argument, terminal.exclusive ? 1 : 0),
  // As Linux with dev.tty.legacy_tiocsti = 0, the default since 6.2.
  [abi.TIOCSTI]: () => -EIO,
  [abi.TIOCVHANGUP]: hangUp,
};

/** The ioctl's result; −ENOTTY for a request that is no terminal's. */
export function terminalIoctl(
  thread: LinuxThread,
  terminal: Terminal,
  request: number,
  argument: GuestAddress,
): number {
  const handler = handlers[request >>> 0];
  if (handler === undefined) return -ENOTTY;
  if (terminal.hungUp) return request === abi.TIOCSPGRP ? -ENOTTY : -EIO;
  if (CHANGES.has(request >>> 0)) {
    const refused = checkBackground(thread, terminal, SIGTTOU);
    if (refused !== 0) return refused;
  }
  return handler(thread, terminal, argument);
}

function putInt(thread: LinuxThread, argument: GuestAddress, value: number): number {
  thread.memory.writeU32(argument, value);
  return 0;
}

function ownTerminal(thread: LinuxThread, terminal: Terminal, then: () => number): number {
  return thread.process.session.controllingTerminal === terminal ? then() : -ENOTTY;
}

function getModes(thread: LinuxThread, terminal: Terminal, argument: GuestAddress, sizeBytes: number): number {
  const bytes = new Uint8Array(sizeBytes);
  terminal.termios.encode(bytes);
  return thread.memory.write(argument, bytes) === sizeBytes ? 0 : -EFAULT;
}

function setModes(thread: LinuxThread, terminal: Terminal, argument: GuestAddress, sizeBytes: number): number {
  const bytes = new Uint8Array(sizeBytes);
  if (thread.memory.read(argument, bytes) !== sizeBytes) return -EFAULT;
  const next = terminal.termios.copy();
  next.decode(bytes);
  terminal.discipline.setTermios(next);
  return 0;
}

function flushAndSetModes(thread: LinuxThread, terminal: Terminal, argument: GuestAddress, sizeBytes: number): number {
  terminal.flushInput();
  return setModes(thread, terminal, argument, sizeBytes);
}

function flowControl(terminal: Terminal, action: number): number {
  switch (action) {
    case abi.TCOOFF:
      terminal.discipline.setOutputStopped('stopped');
      return 0;
    case abi.TCOON:
      terminal.discipline.setOutputStopped('running');
      return 0;
    case abi.TCIOFF:
    case abi.TCION:
      return 0;
    default:
      return -EINVAL;
  }
}

function flush(terminal: Terminal, which: number): number {
  if (which !== abi.TCIFLUSH && which !== abi.TCOFLUSH && which !== abi.TCIOFLUSH) return -EINVAL;
  if (which !== abi.TCOFLUSH) terminal.flushInput();
  if (which !== abi.TCIFLUSH) terminal.flushOutput();
  return 0;
}

/** struct winsize: ws_row, ws_col, ws_xpixel, ws_ypixel. */
export function getWindow(thread: LinuxThread, terminal: Terminal, argument: GuestAddress): number {
  const { rows, columns, xPixels, yPixels } = terminal.window;
  const words = Uint16Array.of(rows, columns, xPixels, yPixels);
  const bytes = new Uint8Array(words.buffer);
  return thread.memory.write(argument, bytes) === abi.WINSIZE_SIZE ? 0 : -EFAULT;
}

export function setWindow(thread: LinuxThread, terminal: Terminal, argument: GuestAddress): number {
  const bytes = new Uint8Array(abi.WINSIZE_SIZE);
  if (thread.memory.read(argument, bytes) !== abi.WINSIZE_SIZE) return -EFAULT;
  const [rows = 0, columns = 0, xPixels = 0, yPixels = 0] = new Uint16Array(bytes.buffer);
  terminal.resize({ rows, columns, xPixels, yPixels });
  return 0;
}

/** Source: tty_ioctl(4), TIOCNOTTY: a session leader takes its whole session off the terminal. */
function giveUpTerminal(thread: LinuxThread, terminal: Terminal): number {
  const { session } = thread.process;
  if (session.controllingTerminal !== terminal) return -ENOTTY;
  if (session.leader === thread.process) terminal.disassociate(session);
  return 0;
}

function setExclusive(terminal: Terminal, state: 'exclusive' | 'shared'): number {
  if (state === 'exclusive' && terminal.exclusive) return -EBUSY;
  terminal.exclusive = state === 'exclusive';
  return 0;
}

function hangUp(thread: LinuxThread, terminal: Terminal): number {
  if (!capable(thread.process.credentials, CAP_SYS_ADMIN)) return -EPERM;
  terminal.hangUp();
  return 0;
}
