/**
 * Sessions and process groups. A group lives as long as it has members (zombies count), a session as long as it has
 * groups. The foreground group belongs to the terminal object (linuxabi/tty), which a process knows by the interface below.
 */
import type { LinuxProcess } from './process.ts';

/** A terminal as job control sees it. */
export interface ControllingTerminal {
  foregroundGroup: ProcessGroup | undefined;
  /** The session leader has gone: the foreground group is hung up, the terminal free for another session. */
  leaderExited(session: Session): void;
  /** Nobody has it any more (vhangup). */
  revoke(): void;
}

export class Session {
  readonly sid: number;
  /** Undefined once the leader has exited. */
  leader: LinuxProcess | undefined;
  readonly groups = new Map<number, ProcessGroup>();
  /** Foreground group of a terminal that was hung up: it is told when the leader exits. Source: drivers/tty/tty_jobctrl.c, tty_old_pgrp. */
  hungUpGroup: ProcessGroup | undefined;

  constructor(leader: LinuxProcess) {
    this.sid = leader.pid;
    this.leader = leader;
  }

  *members(): Iterable<LinuxProcess> {
    for (const group of this.groups.values()) yield* group.members;
  }
}

export class ProcessGroup {
  readonly pgid: number;
  readonly session: Session;
  readonly members = new Set<LinuxProcess>();

  constructor(pgid: number, session: Session) {
    this.pgid = pgid;
    this.session = session;
  }

  /**
   * No member has a parent in another group of the same session: nobody could continue its stopped jobs.
   * Source: POSIX 3.264 (orphaned process group); kernel/exit.c, will_become_orphaned_pgrp.
   */
  isOrphaned(ignored?: LinuxProcess): boolean {
    for (const member of this.members) {
      if (member === ignored || member.exited) continue;
      const parent = member.parent;
      if (parent === undefined || parent.pid === 1) continue;
      if (parent.group !== this && parent.group.session === this.session) return false;
    }
    return true;
  }

  hasStoppedMember(): boolean {
    for (const member of this.members) if (member.jobControl.stopped) return true;
    return false;
  }
}
