/**
 * The object behind epoll: descriptions of interest, and which of them are to be reported. An entry is asked once its object has woken us,
 * so a wait costs what there is to report, however many are watched. Source: epoll(7), epoll_ctl(2); fs/eventpoll.c.
 */
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import type { Waiter } from '../../kernel/wait-queue.ts';
import { EEXIST, EINVAL, ELOOP } from '../abi/errno.ts';
import { EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, POLLERR, POLLHUP } from '../abi/poll.ts';
import type { Description } from './description.ts';
import { areWaysFew, mayNest } from './epoll-graph.ts';
import type { EpollNode } from './epoll-graph.ts';
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
  /** EPOLLONESHOT has fired. */
  disarmed = false;
  readonly #epoll: EpollFile;

  constructor(epoll: EpollFile, description: Description, interest: EpollEvent) {
    this.#epoll = epoll;
    this.description = description;
    this.interest = interest;
  }

  get isEdgeTriggered(): boolean {
    return (this.interest.events & EPOLLET) !== 0;
  }

  wake(): void {
    // A wake takes us off the queue; we stay interested.
    this.description.file.waitQueue.add(this);
    if (!this.disarmed) this.#epoll.changed(this);
  }

  /** Bits that hold now, of those asked for. */
  pending(): number {
    if (this.disarmed) return 0;
    return pollReadiness(this.description) & ((this.interest.events & ~CONTROL_BITS) | ALWAYS_TOLD);
  }
}

/** Who pays for the entries. */
export interface EpollAccount {
  /** One more: 0, or −errno. */
  take(): number;
  giveBack(): void;
}

export class EpollFile extends UnseekableFile implements EpollNode {
  readonly waitQueue = new WaitQueue();
  readonly watchers = new Map<EpollFile, number>();
  readonly #account: EpollAccount;
  /** By descriptor number and description: a number used again is another entry. */
  readonly #entries = new Map<Description, Map<number, Entry>>();
  /** Those that may have something to report. A level-triggered entry stays as long as it has; an edge is reported once. */
  readonly #candidates = new Set<Entry>();

  constructor(account: EpollAccount) {
    super();
    this.#account = account;
  }

  has(fd: number, description: Description): boolean {
    return this.#entries.get(description)?.has(fd) === true;
  }

  /** 0, or −errno: circles and deep nests, too many entries, too many ways for a wake. */
  add(fd: number, description: Description, interest: EpollEvent): number {
    const { file } = description;
    if (file instanceof EpollFile && !mayNest(this, file)) return -ELOOP;
    if (this.has(fd, description)) return -EEXIST;
    const refused = this.#account.take();
    if (refused < 0) return refused;
    const entry = new Entry(this, description, interest);
    this.#link(fd, entry);
    const isNested = file instanceof EpollFile || this.watchers.size > 0;
    if (isNested && !allWaysAreFew(description)) {
      this.remove(fd, description);
      return -EINVAL;
    }
    file.waitQueue.add(entry);
    if (entry.pending() !== 0) this.changed(entry);
    return 0;
  }

  modify(fd: number, description: Description, interest: EpollEvent): void {
    const entry = this.#entries.get(description)!.get(fd)!;
    entry.interest = interest;
    entry.disarmed = false;
    if (entry.pending() !== 0) this.changed(entry);
  }

  remove(fd: number, description: Description): void {
    const byFd = this.#entries.get(description);
    const entry = byFd?.get(fd);
    if (byFd === undefined || entry === undefined) return;
    byFd.delete(fd);
    if (byFd.size === 0) {
      this.#entries.delete(description);
      description.onClose.delete(this);
    }
    this.#unlink(entry);
  }

  /** An entry may have something to report. */
  changed(entry: Entry): void {
    this.#candidates.add(entry);
    this.waitQueue.wake();
  }

  /** Events to report, at most `limit`; entries reported go to the end, so that none starves. */
  collect(limit: number): EpollEvent[] {
    const found: EpollEvent[] = [];
    const again: Entry[] = [];
    for (const entry of this.#candidates) {
      if (found.length >= limit) break;
      this.#candidates.delete(entry);
      const events = entry.pending();
      if (events === 0) continue;
      found.push({ ...entry.interest, events });
      if ((entry.interest.events & EPOLLONESHOT) !== 0) entry.disarmed = true;
      else if (!entry.isEdgeTriggered) again.push(entry);
    }
    for (const entry of again) this.#candidates.add(entry);
    return found;
  }

  /** The entry wakes one of several epolls: it can't be changed. */
  isExclusive(fd: number, description: Description): boolean {
    return ((this.#entries.get(description)?.get(fd)?.interest.events ?? 0) & EPOLLEXCLUSIVE) !== 0;
  }

  *watched(): Generator<EpollFile> {
    for (const { file } of this.#entries.keys()) if (file instanceof EpollFile) yield file;
  }

  /** By how many descriptors it watches. */
  countOf(description: Description): number {
    return this.#entries.get(description)?.size ?? 0;
  }

  descriptions(): Iterable<Description> {
    return this.#entries.keys();
  }

  /** Source: fs/eventpoll.c, ep_show_fdinfo. */
  describe(): readonly string[] {
    const lines: string[] = [];
    for (const [{ node }, byFd] of this.#entries) {
      const inode = (node?.nodeId ?? 0).toString(16);
      for (const [fd, { interest }] of byFd) {
        const { events, dataLow, dataHigh } = interest;
        const data = ((BigInt(dataHigh >>> 0) << 32n) | BigInt(dataLow >>> 0)).toString(16);
        const bits = (events | ALWAYS_TOLD) >>> 0;
        lines.push(
          `tfd: ${String(fd).padStart(8)} events: ${bits.toString(16).padStart(8)} data: ${data.padStart(16)} ` +
            ` pos:0 ino:${inode} sdev:0\n`,
        );
      }
    }
    return lines;
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
    for (const entry of this.#candidates) {
      if (entry.pending() !== 0) return Ready.Readable;
      this.#candidates.delete(entry);
    }
    return 0;
  }

  override release(): void {
    for (const description of [...this.#entries.keys()]) {
      description.onClose.delete(this);
      this.#forget(description);
    }
  }

  #link(fd: number, entry: Entry): void {
    const { description } = entry;
    const { file } = description;
    let byFd = this.#entries.get(description);
    if (byFd === undefined) {
      byFd = new Map();
      this.#entries.set(description, byFd);
      description.onClose.set(this, () => this.#forget(description));
    }
    byFd.set(fd, entry);
    if (file instanceof EpollFile) file.watchers.set(this, (file.watchers.get(this) ?? 0) + 1);
  }

  #unlink(entry: Entry): void {
    const { file } = entry.description;
    file.waitQueue.remove(entry);
    this.#candidates.delete(entry);
    this.#account.giveBack();
    if (!(file instanceof EpollFile)) return;
    const count = file.watchers.get(this)! - 1;
    if (count > 0) file.watchers.set(this, count);
    else file.watchers.delete(this);
  }

  #forget(description: Description): void {
    const entries = this.#entries.get(description)?.values() ?? [];
    this.#entries.delete(description);
    for (const entry of entries) this.#unlink(entry);
  }
}

/** Whether wakes of what has come to be watched stay within bounds: of the file, or of all files below an epoll. */
function allWaysAreFew(description: Description): boolean {
  const files = new Set<Description>();
  const seen = new Set<Description>([description]);
  for (const each of seen) {
    if (!(each.file instanceof EpollFile)) files.add(each);
    else for (const below of each.file.descriptions()) seen.add(below);
  }
  for (const file of files) {
    const watchers: [EpollFile, number][] = [];
    for (const epoll of file.onClose.keys()) {
      if (epoll instanceof EpollFile) watchers.push([epoll, epoll.countOf(file)]);
    }
    if (!areWaysFew(watchers)) return false;
  }
  return true;
}
