/** ioctls of a terminal's program side. Source: ioctl_tty(2), tty_ioctl(4). */
import type { GuestAddress } from '../../cpu/address.ts';
import { encodeDevice } from '../fs/stat-image.ts';
import { CAP_SYS_ADMIN } from '../abi/capability.ts';
import { capable } from '../process/credentials.ts';
import { EFAULT, EINVAL, EIO, ENOTTY, EPERM } from '../abi/errno.ts';
import { SIGTTOU } from '../abi/signal.ts';
import * as abi from '../abi/termios.ts';
import type { LinuxThread } from '../process/thread.ts';
import { checkBackground, setControllingTerminal, setForegroundGroup } from './job-control.ts';
import { modeIoctl } from './mode-ioctl.ts';
import type { TerminalFile } from './terminal-file.ts';
import type { Terminal } from './terminal.ts';

type Handler = (thread: LinuxThread, terminal: Terminal, argument: GuestAddress) => number;

/** Requests that change the terminal: a background caller is stopped with SIGTTOU first. Modes see to that themselves. */
const CHANGES: ReadonlySet<number> = new Set([
  abi.TCSBRK,
  abi.TCSBRKP,
  abi.TIOCSBRK,
  abi.TIOCCBRK,
  abi.TCXONC,
  abi.TCFLSH,
  abi.TIOCSETD,
]);

const handlers: Readonly<Record<number, Handler>> = {
  [abi.TCSBRK]: () => 0,
  [abi.TCSBRKP]: () => 0,
  [abi.TIOCSBRK]: () => 0,
  [abi.TIOCCBRK]: () => 0,
  [abi.TCXONC]: (_thread, terminal, argument) => flowControl(terminal, argument),
  [abi.TCFLSH]: (_thread, terminal, argument) => flush(terminal, argument),
  [abi.TIOCGWINSZ]: getWindow,
  [abi.TIOCSWINSZ]: setWindow,
  [abi.TIOCGPGRP]: (thread, terminal, argument) =>
    ownTerminal(thread, terminal, () => putInt(thread, argument, terminal.foregroundGroup?.pgid ?? 0)),
  [abi.TIOCSPGRP]: setForegroundGroup,
  [abi.TIOCGSID]: (thread, terminal, argument) =>
    ownTerminal(thread, terminal, () => putInt(thread, argument, terminal.session?.sid ?? 0)),
  [abi.TIOCSCTTY]: setControllingTerminal,
  [abi.TIOCNOTTY]: giveUpTerminal,
  [abi.FIONREAD]: (thread, terminal, argument) => putInt(thread, argument, terminal.discipline.readableLength),
  // What a pseudo-terminal has taken is with the other side.
  [abi.TIOCOUTQ]: (thread, _terminal, argument) => putInt(thread, argument, 0),
  [abi.TIOCGETD]: (thread, _terminal, argument) => putInt(thread, argument, 0),
  [abi.TIOCSETD]: (thread, _terminal, argument) => (thread.memory.readI32(argument) === 0 ? 0 : -EINVAL),
  [abi.TIOCGDEV]: (thread, terminal, argument) => putInt(thread, argument, encodeDevice(terminal.device)),
  [abi.TIOCEXCL]: (_thread, terminal) => setExclusive(terminal, 'exclusive'),
  [abi.TIOCNXCL]: (_thread, terminal) => setExclusive(terminal, 'shared'),
  [abi.TIOCGEXCL]: (thread, terminal, argument) => putInt(thread, argument, terminal.exclusive ? 1 : 0),
  [abi.TIOCSTI]: pushInput,
  [abi.TIOCVHANGUP]: hangUp,
  [abi.TIOCGPTPEER]: () => -EIO,
};

/** The ioctl's result; −ENOTTY for a request that is no terminal's. */
export function terminalIoctl(
  thread: LinuxThread,
  file: TerminalFile,
  request: number,
  argument: GuestAddress,
): number {
  const number = request >>> 0;
  if (file.hungUp) return number === abi.TIOCSPGRP ? -ENOTTY : -EIO;
  const { terminal } = file;
  const ofModes = modeIoctl(thread, terminal, number, argument);
  if (ofModes !== undefined) return ofModes;
  const handler = handlers[number];
  if (handler === undefined) return -ENOTTY;
  if (CHANGES.has(number)) {
    const refused = checkBackground(thread, terminal, SIGTTOU);
    if (refused !== 0) return refused;
  }
  return handler(thread, terminal, argument);
}

export function putInt(thread: LinuxThread, argument: GuestAddress, value: number): number {
  thread.memory.writeU32(argument, value);
  return 0;
}

function ownTerminal(thread: LinuxThread, terminal: Terminal, then: () => number): number {
  return thread.process.controllingTerminal === terminal ? then() : -ENOTTY;
}

function flowControl(terminal: Terminal, action: number): number {
  const { discipline, termios } = terminal;
  switch (action) {
    case abi.TCOOFF:
      discipline.flow.programStops();
      return 0;
    case abi.TCOON:
      discipline.flow.programStarts();
      return 0;
    case abi.TCIOFF:
      return sendCharacter(terminal, termios.cc[abi.VSTOP]!);
    case abi.TCION:
      return sendCharacter(terminal, termios.cc[abi.VSTART]!);
    default:
      return -EINVAL;
  }
}

function sendCharacter(terminal: Terminal, byte: number): number {
  if (byte !== abi.DISABLED_CHAR) terminal.sendAtOnce(byte);
  return 0;
}

function flush(terminal: Terminal, which: number): number {
  if (which !== abi.TCIFLUSH && which !== abi.TCOFLUSH && which !== abi.TCIOFLUSH) return -EINVAL;
  if (which !== abi.TCOFLUSH) terminal.discardInput();
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

/** TIOCNOTTY: a session leader takes its whole session off the terminal, another process only itself. Source: tty_ioctl(4). */
function giveUpTerminal(thread: LinuxThread, terminal: Terminal): number {
  const { process } = thread;
  if (process.controllingTerminal !== terminal) return -ENOTTY;
  if (process.session.leader === process) terminal.disassociate(process.session);
  process.controllingTerminal = undefined;
  return 0;
}

export function setExclusive(terminal: Terminal, state: 'exclusive' | 'shared'): number {
  terminal.exclusive = state === 'exclusive';
  return 0;
}

/** TIOCSTI. Source: dev.tty.legacy_tiocsti in Documentation/admin-guide/sysctl, 0 by default since 6.2. */
function pushInput(thread: LinuxThread, terminal: Terminal, argument: GuestAddress): number {
  const { process, machine } = thread;
  if (!capable(process.credentials, CAP_SYS_ADMIN)) {
    if (machine.settings.read('dev/tty/legacy_tiocsti') === '0') return -EIO;
    if (process.controllingTerminal !== terminal) return -EPERM;
  }
  terminal.input(Uint8Array.of(thread.memory.readU8(argument)));
  return 0;
}

function hangUp(thread: LinuxThread, terminal: Terminal): number {
  if (!capable(thread.process.credentials, CAP_SYS_ADMIN)) return -EPERM;
  terminal.revoke();
  return 0;
}
