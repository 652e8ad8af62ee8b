/**
 * Who may use a terminal: background groups of its session are signalled instead. Source: credentials(7), tcsetpgrp(3);
 * drivers/tty/tty_jobctrl.c, __tty_check_change and job_control.
 */
import type { GuestAddress } from '../../cpu/address.ts';
import { CAP_SYS_ADMIN } from '../abi/capability.ts';
import { capable } from '../process/credentials.ts';
import { EINVAL, EIO, ENOTTY, EPERM, ERESTARTSYS, ESRCH } from '../abi/errno.ts';
import { O_ACCMODE, O_NOCTTY, O_WRONLY } from '../abi/fcntl.ts';
import { SIGTTIN, SIGTTOU } from '../abi/signal.ts';
import { sendToGroup } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { Terminal } from './terminal.ts';

/**
 * 0 when the caller is in the foreground (or the terminal is not its own). Else SIGTTIN or SIGTTOU stops its group and the call
 * restarts afterwards; where the signal could not stop it, reading fails and writing is let through.
 */
export function checkBackground(thread: LinuxThread, terminal: Terminal, signal: number): number {
  const { process } = thread;
  if (process.controllingTerminal !== terminal) return 0;
  if (terminal.foregroundGroup === undefined || terminal.foregroundGroup === process.group) return 0;
  if (thread.signals.mask.has(signal) || process.signals.actions.ignores(signal)) return signal === SIGTTIN ? -EIO : 0;
  if (process.group.isOrphaned()) return -EIO;
  sendToGroup(process.group, kernelSignal(signal));
  return -ERESTARTSYS;
}

/** TIOCSCTTY: only a session leader without a terminal, on a terminal without a session (or root, by force). */
export function setControllingTerminal(thread: LinuxThread, terminal: Terminal, force: number): number {
  const { process } = thread;
  const { session } = process;
  if (session.leader === process && terminal.session === session) return 0;
  if (session.leader !== process || process.controllingTerminal !== undefined) return -EPERM;
  if (terminal.session !== undefined) {
    if (force !== 1 || !capable(process.credentials, CAP_SYS_ADMIN)) return -EPERM;
    terminal.leave(terminal.session);
  }
  terminal.adopt(session, process.group);
  return 0;
}

/**
 * open(2) of a terminal without O_NOCTTY by a session leader that has none makes it the controlling terminal, unless it is opened for writing only.
 * Source: drivers/tty/tty_jobctrl.c, tty_open_proc_set_tty.
 */
export function adoptOnOpen(thread: LinuxThread, terminal: Terminal, flags: number): void {
  const { process } = thread;
  const { session } = process;
  if ((flags & O_NOCTTY) !== 0 || (flags & O_ACCMODE) === O_WRONLY) return;
  if (session.leader !== process || process.controllingTerminal !== undefined || terminal.session !== undefined) return;
  terminal.adopt(session, process.group);
}

/** TIOCSPGRP. */
export function setForegroundGroup(thread: LinuxThread, terminal: Terminal, argument: GuestAddress): number {
  const refused = checkBackground(thread, terminal, SIGTTOU);
  if (refused !== 0) return refused === -EIO ? -ENOTTY : refused;
  const pgid = thread.memory.readI32(argument);
  if (pgid < 0) return -EINVAL;
  const { process, machine } = thread;
  if (process.controllingTerminal !== terminal || terminal.session !== process.session) return -ENOTTY;
  const group = machine.tasks.groups.get(pgid);
  if (group === undefined) return -ESRCH;
  if (group.session !== process.session) return -EPERM;
  terminal.foregroundGroup = group;
  return 0;
}
