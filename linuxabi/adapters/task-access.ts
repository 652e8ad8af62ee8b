/** What may be done to a task through its files in /proc: its memory, its name, its settings. Source: fs/proc/base.c. */
import type { Subject, TaskAccess, TaskSetting } from '../../procfs/capabilities.ts';
import { EACCES, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { CAP_SYS_NICE, CAP_SYS_RESOURCE } from '../abi/capability.ts';
import type { Machine } from '../machine.ts';
import { capable } from '../process/credentials.ts';
import { COMM_LENGTH } from '../process/exec.ts';
import { readForeign, writeForeign } from '../process/foreign-memory.ts';
import { processOf, threadOf } from './subject.ts';

export class MachineTaskAccess implements TaskAccess {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Bytes copied; −1 where nothing is. */
  readMemory(subject: Subject, address: number, into: Uint8Array): number {
    const space = processOf(this.#machine, subject)?.image?.space;
    return space === undefined ? 0 : readForeign(space, address, into) || -1;
  }

  writeMemory(subject: Subject, address: number, from: Uint8Array): number {
    const space = processOf(this.#machine, subject)?.image?.space;
    return space === undefined ? 0 : writeForeign(space, address, from) || -1;
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
