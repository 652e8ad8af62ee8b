/**
 * When the machine's memory is used up: one process is killed, the one that gives most back. Source: mm/oom_kill.c, oom_badness,
 * select_bad_process; proc(5), oom_score_adj.
 *
 * A page fault asks for this, so it may happen in the middle of a slice or a call. Another process ends at once and its memory is free when
 * the answer comes. The one that runs, or whose memory is being written, can't end here: it gets its SIGKILL and no page.
 */
import { PAGE_SIZE } from '../../cpu/address.ts';
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import { SIGKILL } from '../abi/signal.ts';
import type { Machine } from '../machine.ts';
import { exitGroup } from '../process/exit.ts';
import type { LinuxProcess } from '../process/process.ts';
import { sendToProcess } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';

/** Never chosen. */
const OOM_SCORE_ADJ_MIN = -1000;
const OOM_SCALE = 1000;

export class OutOfMemory {
  readonly #machine: Machine;
  #busy = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Whether memory has come free for a page of this address space. */
  makeRoom(space: AddressSpace): boolean {
    if (this.#busy) return false;
    this.#busy = true;
    try {
      this.#machine.network.memory.look();
      return this.#machine.bounds.memory.hasRoom() || this.#kill(space);
    } finally {
      this.#busy = false;
    }
  }

  #kill(space: AddressSpace): boolean {
    const { tasks, actor, bounds } = this.#machine;
    const victim = worst(tasks.processes.values(), bounds.memory.limitPages);
    if (victim === undefined) return false;
    if (!isDying(victim)) {
      bounds.oomKills++;
      this.#machine.log(killLine(victim));
    }
    if (victim === actor || victim.image?.space === space) {
      sendToProcess(victim, kernelSignal(SIGKILL));
      return false;
    }
    exitGroup(victim, SIGKILL);
    return true;
  }
}

function worst(processes: Iterable<LinuxProcess>, totalPages: number): LinuxProcess | undefined {
  let found: LinuxProcess | undefined;
  let most = -Infinity;
  for (const process of processes) {
    const badness = badnessOf(process, totalPages);
    if (badness === undefined || badness <= most) continue;
    most = badness;
    found = process;
  }
  return found;
}

/** In pages; undefined when it may not be chosen or has no memory. Who is about to die is asked to first. */
function badnessOf(process: LinuxProcess, totalPages: number): number | undefined {
  if (process.image === undefined || process.oomScoreAdjustment === OOM_SCORE_ADJ_MIN) return undefined;
  if (isDying(process)) return Infinity;
  return process.image.space.memory.presentPages() + (process.oomScoreAdjustment * totalPages) / OOM_SCALE;
}

function isDying(process: LinuxProcess): boolean {
  return process.exiting !== undefined || process.signals.pending.set.has(SIGKILL);
}

function killLine(process: LinuxProcess): string {
  const { space } = process.image!;
  const kib = (bytes: number): string => `${Math.floor(bytes / 1024)}kB`;
  const resident = kib(space.memory.presentPages() * PAGE_SIZE);
  return (
    `Out of memory: Killed process ${process.pid} (${process.leader?.name ?? ''}) total-vm:${kib(space.mappedBytes)}, ` +
    `anon-rss:${resident}, oom_score_adj:${process.oomScoreAdjustment}`
  );
}
