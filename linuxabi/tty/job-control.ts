/**
 * Who may use a terminal: background groups of its session are signalled instead. Source: credentials(7), tcsetpgrp(3);
 * drivers/tty/tty_jobctrl.c, __tty_check_change and job_control.
 */
import { CAP_SYS_ADMIN } from '../abi/capability.ts';
import { capable } from '../process/credentials.ts';
import { EIO, ENOTTY, EPERM, ERESTARTSYS, ESRCH } from '../abi/errno.ts';
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
  if (process.session.controllingTerminal !== terminal) return 0;
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
  if (session.leader !== process || session.controllingTerminal !== undefined) return -EPERM;
  if (terminal.session !== undefined) {
    if (force !== 1 || !capable(process.credentials, CAP_SYS_ADMIN)) return -EPERM;
    terminal.sessionEnded(terminal.session);
  }
  terminal.adopt(session, process.group);
  return 0;
}

/** open(2) of a terminal without O_NOCTTY by a session leader that has none makes it the controlling terminal. */
export function adoptOnOpen(thread: LinuxThread, terminal: Terminal): void {
  const { process } = thread;
  const { session } = process;
  if (session.leader !== process || session.controllingTerminal !== undefined || terminal.session !== undefined) return;
  terminal.adopt(session, process.group);
}

/** TIOCSPGRP. */
export function setForegroundGroup(thread: LinuxThread, terminal: Terminal, pgid: number): number {
  const refused = checkBackground(thread, terminal, SIGTTOU);
  if (refused !== 0) return refused;
  const { session } = thread.process;
  if (session.controllingTerminal !== terminal) return -ENOTTY;
  const group = thread.machine.tasks.groups.get(pgid);
  if (group === undefined) return -ESRCH;
  if (group.session !== session) return -EPERM;
  terminal.foregroundGroup = group;
  return 0;
}
