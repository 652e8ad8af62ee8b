/**
 * An AIO context: requests under way, and the events of those that have ended. Its name (aio_context_t) is the address of a page that is
 * mapped for it; on Linux the ring of events is there, here the page stays empty, and libraries ask by system call.
 * Source: io_setup(2); fs/aio.c.
 */
import { WaitQueue } from '../../kernel/wait-queue.ts';

export interface AioEvent {
  /** The program's own number for the request, and where its iocb is. */
  readonly data: bigint;
  readonly request: number;
  /** What the operation answered: ≥ 0 or −errno. */
  readonly result: number;
}

/** A request that waits for something. */
export interface PendingRequest {
  /** Address of its iocb. */
  readonly address: number;
  /** Ends it now, with an event when asked to. */
  cancel(manner: 'with-event' | 'silently'): void;
}

export class AioContext {
  readonly waitQueue = new WaitQueue();
  readonly pending = new Set<PendingRequest>();
  /** Requests that may be under way, or wait to be fetched. */
  readonly room: number;
  readonly #events: AioEvent[] = [];

  constructor(room: number) {
    this.room = room;
  }

  get isFull(): boolean {
    return this.pending.size + this.#events.length >= this.room;
  }

  get eventCount(): number {
    return this.#events.length;
  }

  complete(event: AioEvent): void {
    this.#events.push(event);
    this.waitQueue.wake();
  }

  /** The oldest events, which stay until they are taken. */
  peek(most: number): readonly AioEvent[] {
    return this.#events.slice(0, most);
  }

  take(count: number): void {
    this.#events.splice(0, count);
  }

  dispose(): void {
    for (const request of this.pending) request.cancel('silently');
    this.pending.clear();
    this.waitQueue.wake();
  }
}

/** The contexts of one address space. A child has none. */
export class AioContexts {
  readonly #byAddress = new Map<number, AioContext>();

  get(address: number): AioContext | undefined {
    return this.#byAddress.get(address);
  }

  add(address: number, context: AioContext): void {
    this.#byAddress.set(address, context);
  }

  /** Undefined when there is none. */
  remove(address: number): AioContext | undefined {
    const context = this.#byAddress.get(address);
    this.#byAddress.delete(address);
    context?.dispose();
    return context;
  }

  dispose(): void {
    for (const address of this.#byAddress.keys()) this.remove(address);
  }
}
