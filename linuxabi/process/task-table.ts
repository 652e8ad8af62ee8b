/** Who exists: processes, threads, process groups and sessions by their numbers. One number space, as in Linux. */
import { ProcessGroup, Session } from './session.ts';
import type { LinuxProcess } from './process.ts';
import type { LinuxThread } from './thread.ts';

/** Source: proc(5), /proc/sys/kernel/pid_max on a 64-bit system. */
export const PID_MAX = 4_194_304;
const INIT_PID = 1;
/** After the first round, numbers below are left to system services. Source: kernel/pid.c, RESERVED_PIDS. */
const RESERVED_PIDS = 300;

export class TaskTable {
  readonly processes = new Map<number, LinuxProcess>();
  readonly threads = new Map<number, LinuxThread>();
  readonly groups = new Map<number, ProcessGroup>();
  readonly sessions = new Map<number, Session>();
  /** Numbers below this one are given out. */
  limit = PID_MAX;
  initThread: (() => LinuxThread) | undefined;
  #last = 0;
  /** Tasks made since boot. */
  created = 0;

  /** A number that is no task, group or session; undefined when there is none. */
  allocate(): number | undefined {
    for (let tries = 0; tries < this.limit; tries++) {
      this.#last = this.#last + 1 >= this.limit ? RESERVED_PIDS : this.#last + 1;
      const number = this.#last;
      if (!this.isFree(number)) continue;
      this.created++;
      return number;
    }
    return undefined;
  }

  /** The thread of this number; process 1 has one that never runs, made when someone asks for it. */
  find(tid: number): LinuxThread | undefined {
    return this.threads.get(tid) ?? (tid === INIT_PID ? this.initThread?.() : undefined);
  }

  isFree(number: number): boolean {
    const isTask = this.threads.has(number) || this.processes.has(number);
    return !isTask && !this.groups.has(number) && !this.sessions.has(number);
  }

  /** The latest number given out (for /proc/loadavg). */
  get lastNumber(): number {
    return this.#last;
  }

  /** The next one given out is above this. Source: proc_sys_kernel(5), ns_last_pid. */
  set lastNumber(number: number) {
    this.#last = number;
  }

  /** A new session and group led by the process; it leaves its group, if it had one. */
  createSession(leader: LinuxProcess): ProcessGroup {
    const session = new Session(leader);
    this.sessions.set(session.sid, session);
    return this.createGroup(leader.pid, session);
  }

  createGroup(pgid: number, session: Session): ProcessGroup {
    const group = new ProcessGroup(pgid, session);
    this.groups.set(pgid, group);
    session.groups.set(pgid, group);
    return group;
  }

  /** Moves a process; the group it leaves ends when it was the last. */
  moveToGroup(process: LinuxProcess, group: ProcessGroup): void {
    if (process.group === group) return;
    this.leaveGroup(process);
    process.group = group;
    group.members.add(process);
  }

  leaveGroup(process: LinuxProcess): void {
    const { group } = process;
    const { session } = group;
    group.members.delete(process);
    if (group.members.size > 0) return;
    this.groups.delete(group.pgid);
    session.groups.delete(group.pgid);
    if (session.groups.size === 0) this.sessions.delete(session.sid);
  }
}
