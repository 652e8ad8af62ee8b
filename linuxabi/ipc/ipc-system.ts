/**
 * The System V objects of one machine: each kind an adapter of `sysv/` in its own sandbox, with its state outside so that an adapter
 * made anew goes on with it. Segments, adjustments and queues follow tasks through the task events.
 */
import { deref } from '../../kernel/reference.ts';
import type { Reference } from '../../kernel/reference.ts';
import type { MemoryObject } from '../../kernel/memory/memory-object.ts';
import type { SharedAnonymousObject } from '../../kernel/memory/shared-objects.ts';
import type { IpcCensus, IpcOwnerFacts } from '../../procfs/capabilities.ts';
import type { IpcCapabilities, MemoryObjects } from '../../sysv/capabilities.ts';
import type { Permission } from '../../sysv/ids.ts';
import { MessageQueues, MessageState } from '../../sysv/message-queues.ts';
import { PosixQueues, PosixQueueState } from '../../sysv/posix-queues.ts';
import { SharedMemory, SharedMemoryState } from '../../sysv/shared-memory.ts';
import { Semaphores, SemaphoreState } from '../../sysv/semaphores.ts';
import { CLONE_SYSVSEM } from '../abi/sched.ts';
import { AdapterId } from '../adapters/adapter-id.ts';
import { CallMeter, Sandbox } from '../adapters/sandbox.ts';
import type { Machine } from '../machine.ts';
import type { LinuxThread } from '../process/thread.ts';
import { QueueServer } from './queue-tree.ts';

export type MemoryReference = Reference<MemoryObject>;

const PAGE_BYTES = 4096;
/** Device number of the tree of POSIX queues. */
const QUEUE_DEVICE = 0x14;
/** SEM_UNDO adjusts for a task: it keeps its number through execve. */
export function taskNumber(thread: LinuxThread): number {
  return thread.dispatcher.id;
}

export class IpcSystem {
  readonly sharedMemory: Sandbox<SharedMemory<MemoryReference>>;
  readonly semaphores: Sandbox<Semaphores>;
  readonly messages: Sandbox<MessageQueues>;
  readonly queues: Sandbox<PosixQueues>;
  /** The tree of POSIX queues. */
  readonly server: QueueServer;
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.sharedMemory = this.#sandbox('shared memory', AdapterId.sharedMemory, (bag) => {
      const state = new SharedMemoryState<MemoryReference>(bag);
      return () => new SharedMemory(bag, this.#memoryObjects(), state);
    });
    const semaphores = (bag: IpcCapabilities): (() => Semaphores) => {
      const state = new SemaphoreState(bag);
      return () => new Semaphores(bag, state);
    };
    this.semaphores = this.#sandbox('semaphores', AdapterId.semaphores, semaphores, (adapter) => adapter.settle());
    const messages = (bag: IpcCapabilities): (() => MessageQueues) => {
      const state = new MessageState(bag);
      return () => new MessageQueues(bag, state);
    };
    this.messages = this.#sandbox('message queues', AdapterId.messages, messages, (adapter) => adapter.settle());
    this.queues = this.#sandbox('POSIX message queues', AdapterId.posixQueues, (bag) => {
      const state = new PosixQueueState();
      return () => new PosixQueues(bag, state);
    });
    this.server = new QueueServer(machine, QUEUE_DEVICE);
    this.#followTasks();
  }

  #sandbox<A>(
    name: string,
    id: number,
    start: (bag: IpcCapabilities) => () => A,
    settle?: (adapter: A) => void,
  ): Sandbox<A> {
    const machine = this.#machine;
    const meter = new CallMeter();
    const bag: IpcCapabilities = {
      nowSeconds: () => machine.clock.realtime().seconds,
      setting: (setting, index) => machine.settings.number(setting, index),
      meter,
    };
    return new Sandbox({
      name,
      id,
      meter,
      make: start(bag),
      ...(settle && { settle }),
      trace: machine.trace,
      log: (line) => machine.log(line),
    });
  }

  #memoryObjects(): MemoryObjects<MemoryReference> {
    const machine = this.#machine;
    return {
      create: (watcher) => {
        const reference = machine.kernel.memory.createSegment({
          number: watcher.id,
          regionsChanged: (change) => {
            this.sharedMemory.tell(() => watcher.mapped(change, machine.actor?.pid ?? 0));
          },
        });
        return {
          object: reference,
          get residentBytes() {
            return (deref(reference) as SharedAnonymousObject).residentPages * PAGE_BYTES;
          },
          release: () => reference.release(),
        };
      },
    };
  }

  #followTasks(): void {
    const share = (parent: LinuxThread, child: LinuxThread | undefined, cloneFlags: number): void => {
      if ((cloneFlags & CLONE_SYSVSEM) === 0 || child === undefined) return;
      this.semaphores.tell((adapter) => adapter.taskShares(taskNumber(parent), taskNumber(child)));
    };
    const leave = (thread: LinuxThread): void => {
      this.semaphores.tell((adapter) => adapter.taskEnded(taskNumber(thread), thread.process.pid));
    };
    const end = (thread: LinuxThread): void => {
      leave(thread);
      const { process } = thread;
      if (thread === process.leader) this.sharedMemory.tell((adapter) => adapter.creatorEnded(process.pid));
    };
    this.#machine.taskEvents.listen({
      forked: (parent, child, cloneFlags) => share(parent, child.leader, cloneFlags),
      threadStarted: share,
      threadEnded: end,
      unshared: (thread, flags) => {
        if ((flags & CLONE_SYSVSEM) !== 0) leave(thread);
      },
    });
  }

  /** For /proc/sysvipc. */
  census(): IpcCensus {
    const rows = <T>(found: Iterable<T> | number): Iterable<T> => (typeof found === 'number' ? [] : found);
    return {
      sharedMemory: () =>
        map(rows(this.sharedMemory.call((adapter) => [...adapter.all()])), (segment) => ({
          ...ownerFacts(segment.permission),
          sizeBytes: segment.sizeBytes,
          creatorPid: segment.creatorPid,
          lastPid: segment.lastPid,
          attached: segment.attached,
          attachSeconds: segment.attachSeconds,
          detachSeconds: segment.detachSeconds,
          changeSeconds: segment.changeSeconds,
          residentBytes: segment.memory.residentBytes,
        })),
      semaphores: () =>
        map(rows(this.semaphores.call((adapter) => [...adapter.all()])), (set) => ({
          ...ownerFacts(set.permission),
          count: set.values.length,
          operationSeconds: set.operationSeconds,
          changeSeconds: set.changeSeconds,
        })),
      messageQueues: () =>
        map(rows(this.messages.call((adapter) => [...adapter.all()])), (queue) => ({
          ...ownerFacts(queue.permission),
          bytes: queue.bytes,
          messages: queue.messages.length,
          lastSender: queue.lastSender,
          lastReceiver: queue.lastReceiver,
          sendSeconds: queue.sendSeconds,
          receiveSeconds: queue.receiveSeconds,
          changeSeconds: queue.changeSeconds,
        })),
    };
  }
}

function* map<T, U>(rows: Iterable<T>, convert: (row: T) => U): Iterable<U> {
  for (const row of rows) yield convert(row);
}

function ownerFacts({ key, id, mode, uid, gid, creatorUid, creatorGid }: Permission): IpcOwnerFacts {
  return { key, id, mode, uid, gid, creatorUid, creatorGid };
}
