/**
 * The object behind epoll: descriptions of interest, and which of them are to be reported. Level-triggered entries are asked each time;
 * an edge-triggered one is asked only after its object has woken us. Source: epoll(7), epoll_ctl(2); fs/eventpoll.c.
 */
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import type { Waiter } from '../../kernel/wait-queue.ts';
import { EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, POLLERR, POLLHUP } from '../abi/poll.ts';
import type { Description } from './description.ts';
import { pollReadiness } from './readiness.ts';

const ALWAYS_TOLD = POLLERR | POLLHUP;
const CONTROL_BITS = 0xf0000000 | 0;

export interface EpollEvent {
  readonly events: number;
  /** The program's own 64 bits, as two words. */
  readonly dataLow: number;
  readonly dataHigh: number;
}

class Entry implements Waiter {
  readonly description: Description;
  interest: EpollEvent;
  /** An edge-triggered entry: its object has changed since it was last reported. */
  changed = true;
  /** EPOLLONESHOT has fired. */
  disarmed = false;
  readonly #epoll: EpollFile;

  constructor(epoll: EpollFile, description: Description, interest: EpollEvent) {
    this.#epoll = epoll;
    this.description = description;
    this.interest = interest;
  }

  wake(): void {
    this.changed = true;
    // A wake takes us off the queue; we stay interested.
    this.description.file.waitQueue.add(this);
    if (!this.disarmed) this.#epoll.waitQueue.wake();
  }

  /** Bits to report now. */
  pending(): number {
    if (this.disarmed) return 0;
    const { events } = this.interest;
    if ((events & EPOLLET) !== 0 && !this.changed) return 0;
    return pollReadiness(this.description) & ((events & ~CONTROL_BITS) | ALWAYS_TOLD);
  }

  reported(): void {
    this.changed = false;
    if ((this.interest.events & EPOLLONESHOT) !== 0) this.disarmed = true;
  }
}

export class EpollFile extends UnseekableFile {
  readonly waitQueue = new WaitQueue();
  /** By descriptor number and description: a number used again is another entry. */
  readonly #entries = new Map<Description, Map<number, Entry>>();

  has(fd: number, description: Description): boolean {
    return this.#entries.get(description)?.has(fd) === true;
  }

  add(fd: number, description: Description, interest: EpollEvent): void {
    const entry = new Entry(this, description, interest);
    let byFd = this.#entries.get(description);
    if (byFd === undefined) {
      byFd = new Map();
      this.#entries.set(description, byFd);
      description.onClose.add(() => this.#forget(description));
    }
    byFd.set(fd, entry);
    description.file.waitQueue.add(entry);
    if (entry.pending() !== 0) this.waitQueue.wake();
  }

  modify(fd: number, description: Description, interest: EpollEvent): void {
    const entry = this.#entries.get(description)!.get(fd)!;
    entry.interest = interest;
    entry.changed = true;
    entry.disarmed = false;
    if (entry.pending() !== 0) this.waitQueue.wake();
  }

  remove(fd: number, description: Description): void {
    const byFd = this.#entries.get(description);
    const entry = byFd?.get(fd);
    if (byFd === undefined || entry === undefined) return;
    description.file.waitQueue.remove(entry);
    byFd.delete(fd);
    if (byFd.size === 0) this.#entries.delete(description);
  }

  /** Events to report, at most `limit`; entries reported go to the end, so that none starves. */
  collect(limit: number): EpollEvent[] {
    const found: EpollEvent[] = [];
    const reported: Description[] = [];
    for (const [description, byFd] of this.#entries) {
      for (const entry of byFd.values()) {
        const events = found.length < limit ? entry.pending() : 0;
        if (events === 0) continue;
        found.push({ ...entry.interest, events });
        entry.reported();
        reported.push(description);
      }
      if (found.length >= limit) break;
    }
    for (const description of reported) this.#moveToEnd(description);
    return found;
  }

  /** The entry wakes one of several epolls: it can't be changed. */
  isExclusive(fd: number, description: Description): boolean {
    return ((this.#entries.get(description)?.get(fd)?.interest.events ?? 0) & EPOLLEXCLUSIVE) !== 0;
  }

  /** Epolls below this one, as deep as they go. */
  get depth(): number {
    let deepest = 0;
    for (const { file } of this.#entries.keys())
      if (file instanceof EpollFile) deepest = Math.max(deepest, 1 + file.depth);
    return deepest;
  }

  /** This epoll watches the other, directly or through others. */
  watches(other: EpollFile): boolean {
    if (other === this) return true;
    for (const { file } of this.#entries.keys()) if (file instanceof EpollFile && file.watches(other)) return true;
    return false;
  }

  read(): number {
    return Status.Invalid;
  }

  write(): number {
    return Status.Invalid;
  }

  /** There is no place to seek to, and seeking succeeds. Source: noop_llseek. */
  override seek(): number {
    return 0;
  }

  readiness(): number {
    for (const byFd of this.#entries.values()) {
      for (const entry of byFd.values()) if (entry.pending() !== 0) return Ready.Readable;
    }
    return 0;
  }

  override release(): void {
    for (const [description, byFd] of this.#entries) {
      for (const entry of byFd.values()) description.file.waitQueue.remove(entry);
    }
    this.#entries.clear();
  }

  #forget(description: Description): void {
    for (const entry of this.#entries.get(description)?.values() ?? []) description.file.waitQueue.remove(entry);
    this.#entries.delete(description);
  }

  #moveToEnd(description: Description): void {
    const byFd = this.#entries.get(description);
    if (byFd === undefined) return;
    this.#entries.delete(description);
    this.#entries.set(description, byFd);
  }
}
