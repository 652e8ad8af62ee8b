/**
 * Descriptors on their way through Unix sockets (SCM_RIGHTS). A message in a queue holds its files, so a socket sent through itself
 * would never close: whenever a socket closes while others are in flight, those that only such queues still hold are
 * found and their queues emptied. Source: unix(7); net/unix/garbage.c.
 */
import type { Description } from '../../fs/description.ts';
import { Socket } from '../socket.ts';
import { UnixStream } from './unix-stream.ts';
import { UnixDatagram } from './unix-datagram.ts';

/** So many sockets in flight are looked through at every close; of more, once for as many closes as a part of them, and a while later. */
const FEW = 32;
const PART = 1 / 2;
const LATER_NS = 10e6;

export class RightsInFlight {
  /** How often each socket's description lies in queues. */
  readonly #sockets = new Map<Description, number>();
  #collecting = false;
  readonly #after: (delayNs: number, callback: () => void) => void;
  /** Closes since all were looked through. */
  #closes = 0;
  #isLaterSet = false;
  /** Files that nobody received, still to be let go; undefined while none are. */
  #dropped: Description[] | undefined;
  /** Descriptors in flight, sockets or not. */
  count = 0;

  /** `after` calls back when so much time has passed. */
  constructor(after: (delayNs: number, callback: () => void) => void) {
    this.#after = after;
  }

  /** The files of a message go into a queue, which holds them from now on. */
  enter(files: readonly Description[]): void {
    this.count += files.length;
    for (const file of files) {
      file.retain();
      if (file.file instanceof Socket) this.#sockets.set(file, (this.#sockets.get(file) ?? 0) + 1);
    }
  }

  /** They leave the queue; the holds are the caller's now. */
  leave(files: readonly Description[]): void {
    this.count -= files.length;
    for (const file of files) {
      const count = this.#sockets.get(file);
      if (count === undefined) continue;
      if (count > 1) this.#sockets.set(file, count - 1);
      else this.#sockets.delete(file);
    }
  }

  /**
   * They leave the queue with nobody to receive them. One may be a socket with others in its queue, and so on as deep as memory goes: they
   * are let go one after the other, not each inside the one before.
   */
  drop(files: readonly Description[]): void {
    this.leave(files);
    if (this.#dropped !== undefined) {
      this.#dropped.push(...files);
      return;
    }
    const dropped = [...files];
    this.#dropped = dropped;
    try {
      for (let file = dropped.pop(); file !== undefined; file = dropped.pop()) file.release();
    } finally {
      this.#dropped = undefined;
    }
  }

  /** A socket has closed: perhaps nothing but queues holds some others now. */
  closed(): void {
    // Whoever drops files collects when all are gone.
    if (this.#sockets.size === 0 || this.#collecting || this.#dropped !== undefined) return;
    this.#closes++;
    if (this.#sockets.size <= FEW || this.#closes >= this.#sockets.size * PART) this.collect();
    else if (!this.#isLaterSet) {
      this.#isLaterSet = true;
      this.#after(LATER_NS, () => {
        this.#isLaterSet = false;
        this.collect();
      });
    }
  }

  /** Ends sockets that nothing but queues of such sockets holds. */
  collect(): void {
    if (this.#sockets.size === 0 || this.#collecting || this.#dropped !== undefined) return;
    this.#collecting = true;
    this.#closes = 0;
    for (const garbage of this.#unreachable()) emptyQueues(garbage);
    this.#collecting = false;
  }

  #unreachable(): Description[] {
    const inFlight = this.#sockets;
    // Holds from queues of candidates do not count: what is left of a candidate's holds is a way to reach it.
    const candidates = new Map([...inFlight].filter(([description, count]) => description.holders === count));
    for (const description of [...candidates.keys()]) {
      for (const file of queuedFiles(description)) {
        const count = candidates.get(file);
        if (count !== undefined) candidates.set(file, count - 1);
      }
    }
    const reachable = [...candidates].filter(([, count]) => count > 0).map(([description]) => description);
    for (let next = reachable.pop(); next !== undefined; next = reachable.pop()) {
      if (!candidates.delete(next)) continue;
      for (const file of queuedFiles(next)) if (candidates.has(file)) reachable.push(file);
    }
    return [...candidates.keys()];
  }
}

function queuedFiles(description: Description): readonly Description[] {
  const { protocol } = description.file as Socket;
  if (protocol instanceof UnixDatagram) return protocol.queue.files();
  if (!(protocol instanceof UnixStream)) return [];
  // Those not yet accepted are held by their listener alone.
  const waiting = protocol.waiting.flatMap((socket) => (socket.protocol as UnixStream).queue.files());
  return [...protocol.queue.files(), ...waiting];
}

function emptyQueues(description: Description): void {
  const { protocol } = description.file as Socket;
  if (protocol instanceof UnixStream || protocol instanceof UnixDatagram) protocol.discardQueue();
}
