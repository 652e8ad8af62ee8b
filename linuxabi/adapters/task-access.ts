/** What may be done to a task through its files in /proc: its memory, its name, its settings. Source: fs/proc/base.c. */
import { PAGE_SIZE, USER_LIMIT, guestAddress } from '../../cpu/address.ts';
import { Access, FaultOutcome } from '../../cpu/memory/guest-memory.ts';
import type { Subject, TaskAccess, TaskSetting } from '../../procfs/capabilities.ts';
import { EACCES, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { CAP_SYS_NICE, CAP_SYS_RESOURCE } from '../abi/capability.ts';
import type { Machine } from '../machine.ts';
import { capable } from '../process/credentials.ts';
import { COMM_LENGTH } from '../process/exec.ts';
import { processOf, threadOf } from './subject.ts';

export class MachineTaskAccess implements TaskAccess {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Bytes copied; −1 where nothing is. Permissions of pages do not matter, holes do. */
  readMemory(subject: Subject, address: number, into: Uint8Array): number {
    return this.#pieces(subject, address, into.length, Access.Read, (page, offset, done, length) =>
      into.set(page.subarray(offset, offset + length), done),
    );
  }

  writeMemory(subject: Subject, address: number, from: Uint8Array): number {
    return this.#pieces(subject, address, from.length, Access.Write, (page, offset, done, length) =>
      page.set(from.subarray(done, done + length), offset),
    );
  }

  #pieces(
    subject: Subject,
    address: number,
    total: number,
    access: Access,
    move: (page: Uint8Array, offset: number, done: number, length: number) => void,
  ): number {
    const space = processOf(this.#machine, subject)?.image?.space;
    if (space === undefined) return 0;
    let done = 0;
    while (done < total) {
      const at = address + done;
      if (at < 0 || at >= USER_LIMIT) break;
      const offset = at % PAGE_SIZE;
      const page = guestAddress(at - offset);
      const region = space.regions.find(at);
      if (region === undefined) break;
      const { memory } = space;
      // A page that is not there yet, or is to be written for the first time, is brought in as its own program would.
      const wanted = region.allows(access) ? access : Access.Read;
      if (memory.probe(page, 1, wanted) !== FaultOutcome.Resolved && !memory.isPresent(page)) break;
      const bytes = memory.pageBytes(page, access);
      if (bytes === undefined) break;
      const length = Math.min(total - done, PAGE_SIZE - offset);
      move(bytes, offset, done, length);
      done += length;
    }
    return done > 0 ? done : -1;
  }

  get(subject: Subject, setting: TaskSetting): number {
    const process = processOf(this.#machine, subject);
    if (process === undefined) return 0;
    switch (setting) {
      case 'oom_score_adj':
        return process.oomScoreAdjustment;
      case 'timerslack_ns':
        return threadOf(this.#machine, subject)?.timerSlackNs ?? 0;
      case 'coredump_filter':
        return process.coredumpFilter;
      case 'loginuid':
        return process.loginUid;
      case 'personality':
        return process.personality;
    }
  }

  set(subject: Subject, setting: TaskSetting, value: number): number {
    const process = processOf(this.#machine, subject);
    const caller = this.#machine.fs.system.caller?.process;
    if (process === undefined || caller === undefined) return -ESRCH;
    switch (setting) {
      case 'oom_score_adj':
        // Without CAP_SYS_RESOURCE nobody makes himself less likely to be chosen.
        if (value < process.oomScoreAdjustmentFloor && !capable(caller.credentials, CAP_SYS_RESOURCE)) return -EACCES;
        process.oomScoreAdjustment = value;
        if (capable(caller.credentials, CAP_SYS_RESOURCE)) process.oomScoreAdjustmentFloor = value;
        return 0;
      case 'timerslack_ns': {
        const thread = threadOf(this.#machine, subject);
        if (thread === undefined) return -ESRCH;
        if (caller !== process && !capable(caller.credentials, CAP_SYS_NICE)) return -EPERM;
        if (value < 0) return -EINVAL;
        thread.timerSlackNs = value === 0 ? 50_000 : value;
        return 0;
      }
      case 'coredump_filter':
        process.coredumpFilter = value;
        return 0;
      case 'loginuid':
        if (caller !== process) return -EPERM;
        process.loginUid = value;
        return 0;
      case 'personality':
        return -EPERM;
    }
  }

  rename(subject: Subject, name: string): number {
    const thread = threadOf(this.#machine, subject);
    if (thread === undefined) return -ESRCH;
    thread.name = name.slice(0, COMM_LENGTH);
    return 0;
  }
}
