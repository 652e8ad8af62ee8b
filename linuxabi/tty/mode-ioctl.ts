/** ioctls about a terminal's modes. Linux carries them out on the slave, whichever side asks. Source: ioctl_tty(2); drivers/tty/tty_ioctl.c. */
import type { GuestAddress } from '../../cpu/address.ts';
import { CAP_CHECKPOINT_RESTORE, CAP_SYS_ADMIN } from '../abi/capability.ts';
import { EFAULT, EPERM } from '../abi/errno.ts';
import { SIGTTOU } from '../abi/signal.ts';
import * as abi from '../abi/termios.ts';
import { capable } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { checkBackground } from './job-control.ts';
import type { Terminal } from './terminal.ts';
import type { Termios } from './termios.ts';

type Handler = (thread: LinuxThread, terminal: Terminal, argument: GuestAddress) => number;

/** A form of the modes in guest memory. */
interface Form {
  readonly sizeBytes: number;
  encode(modes: Termios, into: Uint8Array): void;
  decode(modes: Termios, from: Uint8Array): void;
}

const termio: Form = {
  sizeBytes: abi.TERMIO_SIZE,
  encode: (modes, into) => modes.encodeOld(into),
  decode: (modes, from) => modes.decodeOld(from),
};
const termios: Form = {
  sizeBytes: abi.TERMIOS_SIZE,
  encode: (modes, into) => modes.encode(into),
  decode: (modes, from) => modes.decode(from),
};
const termios2: Form = { ...termios, sizeBytes: abi.TERMIOS2_SIZE };

/** A pseudo-terminal's output is never waited for: the other side has it. So TCSETSW is TCSETS. */
const handlers: Readonly<Record<number, Handler>> = {
  [abi.TCGETA]: getter(termio),
  [abi.TCGETS]: getter(termios),
  [abi.TCGETS2]: getter(termios2),
  [abi.TCSETA]: setter(termio, 'keep input'),
  [abi.TCSETAW]: setter(termio, 'keep input'),
  [abi.TCSETAF]: setter(termio, 'flush input'),
  [abi.TCSETS]: setter(termios, 'keep input'),
  [abi.TCSETSW]: setter(termios, 'keep input'),
  [abi.TCSETSF]: setter(termios, 'flush input'),
  [abi.TCSETS2]: setter(termios2, 'keep input'),
  [abi.TCSETSW2]: setter(termios2, 'keep input'),
  [abi.TCSETSF2]: setter(termios2, 'flush input'),
  [abi.TIOCGLCKTRMIOS]: (thread, terminal, argument) => putModes(thread, terminal.lockedModes, argument, termios),
  [abi.TIOCSLCKTRMIOS]: setLocked,
  [abi.TIOCGSOFTCAR]: (thread, terminal, argument) => {
    thread.memory.writeU32(argument, (terminal.termios.cflag & abi.CLOCAL) === 0 ? 0 : 1);
    return 0;
  },
  [abi.TIOCSSOFTCAR]: setSoftCarrier,
};

/** The ioctl's result; undefined for a request about something else. */
export function modeIoctl(
  thread: LinuxThread,
  terminal: Terminal,
  request: number,
  argument: GuestAddress,
): number | undefined {
  return handlers[request]?.(thread, terminal, argument);
}

function getter(form: Form): Handler {
  return (thread, terminal, argument) => putModes(thread, terminal.termios, argument, form);
}

function setter(form: Form, input: 'keep input' | 'flush input'): Handler {
  return (thread, terminal, argument) => {
    const refused = checkBackground(thread, terminal, SIGTTOU);
    if (refused !== 0) return refused;
    const next = takeModes(thread, terminal.termios, argument, form);
    if (next === undefined) return -EFAULT;
    if (input === 'flush input') terminal.flushInput();
    terminal.setTermios(next);
    return 0;
  };
}

function putModes(thread: LinuxThread, modes: Termios, argument: GuestAddress, form: Form): number {
  const bytes = new Uint8Array(form.sizeBytes);
  form.encode(modes, bytes);
  return thread.memory.write(argument, bytes) === form.sizeBytes ? 0 : -EFAULT;
}

/** What the guest's form says, the rest as in `before`; undefined where it can't be read. */
function takeModes(thread: LinuxThread, before: Termios, argument: GuestAddress, form: Form): Termios | undefined {
  const bytes = new Uint8Array(form.sizeBytes);
  if (thread.memory.read(argument, bytes) !== form.sizeBytes) return undefined;
  const modes = before.copy();
  form.decode(modes, bytes);
  return modes;
}

function setLocked(thread: LinuxThread, terminal: Terminal, argument: GuestAddress): number {
  const { credentials } = thread.process;
  if (!capable(credentials, CAP_SYS_ADMIN) && !capable(credentials, CAP_CHECKPOINT_RESTORE)) return -EPERM;
  const locked = takeModes(thread, terminal.lockedModes, argument, termios);
  if (locked === undefined) return -EFAULT;
  terminal.lockedModes = locked;
  return 0;
}

function setSoftCarrier(thread: LinuxThread, terminal: Terminal, argument: GuestAddress): number {
  const isOn = thread.memory.readI32(argument) !== 0;
  const next = terminal.termios.copy();
  next.cflag = ((next.cflag & ~abi.CLOCAL) | (isOn ? abi.CLOCAL : 0)) >>> 0;
  terminal.setTermios(next);
  return 0;
}
