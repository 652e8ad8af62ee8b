/** The object behind an inotify descriptor: its watches, and the queue of events that reading takes. Source: inotify(7); fs/notify/inotify. */
import { bytesFromString } from '../../../kernel/byte-string.ts';
import type { ByteString } from '../../../kernel/byte-string.ts';
import type { FileNode } from '../../../kernel/file-server.ts';
import { Ready } from '../../../kernel/open-file.ts';
import { Status } from '../../../kernel/status.ts';
import { UnseekableFile } from '../../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../../kernel/wait-queue.ts';
import {
  IN_ALL_EVENTS,
  IN_EXCL_UNLINK,
  IN_IGNORED,
  IN_ISDIR,
  IN_ONESHOT,
  IN_Q_OVERFLOW,
  IN_UNMOUNT,
  inotifyEventLayout,
} from '../../abi/inotify.ts';
import { showHandle } from '../file-handle.ts';
import { decodeDevice } from '../stat-image.ts';
import type { LinuxFile } from '../linux-file.ts';
import type { FileEvent, Notifier, Watch } from './notifier.ts';
import type { WatchAccount } from './watch-account.ts';

/** Watch descriptor of the event that tells of lost ones. */
const NO_WATCH = -1;
/** Beyond these bits a watch's mask says how it behaves. */
const KEPT_BITS = IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK;

interface QueuedEvent {
  readonly wd: number;
  readonly mask: number;
  readonly cookie: number;
  readonly name: ByteString;
}

export class InotifyFile extends UnseekableFile implements LinuxFile {
  readonly waitQueue = new WaitQueue();
  readonly raisesSignals = true;
  readonly #notifier: Notifier;
  readonly #account: WatchAccount;
  readonly #queueLimit: number;
  readonly #byNumber = new Map<number, InotifyWatch>();
  readonly #byNode = new Map<FileNode, InotifyWatch>();
  readonly #queue: QueuedEvent[] = [];
  #lastNumber = 0;
  #queuedBytes = 0;
  #hasOverflown = false;

  constructor(notifier: Notifier, account: WatchAccount, queueLimit: number) {
    super();
    this.#notifier = notifier;
    this.#account = account;
    this.#queueLimit = queueLimit;
  }

  watchOf(node: FileNode): InotifyWatch | undefined {
    return this.#byNode.get(node);
  }

  /** A new watch's number; undefined when the user has too many. */
  watch(node: FileNode, mask: number): number | undefined {
    if (!this.#account.takeWatch()) return undefined;
    const watch = new InotifyWatch(this, node, ++this.#lastNumber, mask & KEPT_BITS);
    this.#byNumber.set(watch.number, watch);
    this.#byNode.set(node, watch);
    this.#notifier.add(watch);
    return watch.number;
  }

  /** False when there is no such watch. */
  unwatch(number: number): boolean {
    const watch = this.#byNumber.get(number);
    if (watch === undefined) return false;
    this.#notifier.remove(watch);
    this.forget(watch);
    return true;
  }

  /** The watch is over: its number says so a last time. */
  forget(watch: InotifyWatch): void {
    this.#byNumber.delete(watch.number);
    this.#byNode.delete(watch.node);
    this.#account.returnWatch();
    this.queue({ wd: watch.number, mask: IN_IGNORED, cookie: 0, name: '' });
  }

  /** An event equal to the last one in the queue is not queued again. */
  queue(event: QueuedEvent): void {
    const last = this.#queue.at(-1);
    if (last !== undefined && isSameEvent(last, event)) return;
    if (this.#queue.length >= this.#queueLimit) {
      if (this.#hasOverflown) return;
      this.#hasOverflown = true;
      this.#append({ wd: NO_WATCH, mask: IN_Q_OVERFLOW, cookie: 0, name: '' });
    } else this.#append(event);
    this.waitQueue.wake();
  }

  #append(event: QueuedEvent): void {
    this.#queue.push(event);
    this.#queuedBytes += sizeOf(event);
  }

  /** Whole events only. */
  read(into: Uint8Array): number {
    if (this.#queue.length === 0) return Status.WouldBlock;
    let done = 0;
    let taken = 0;
    for (const event of this.#queue) {
      if (done + sizeOf(event) > into.length) break;
      store(event, into.subarray(done));
      done += sizeOf(event);
      taken++;
      if (event.mask === IN_Q_OVERFLOW) this.#hasOverflown = false;
    }
    if (taken === 0) return Status.Invalid;
    this.#queue.splice(0, taken);
    this.#queuedBytes -= done;
    return done;
  }

  write(): number {
    return Status.BadHandle;
  }

  /** There is no place to seek to, and seeking succeeds. Source: noop_llseek. */
  override seek(): number {
    return 0;
  }

  readiness(): number {
    return this.#queue.length > 0 ? Ready.Readable : 0;
  }

  availableBytes(): number {
    return this.#queuedBytes;
  }

  override release(): void {
    for (const watch of this.#byNumber.values()) {
      this.#notifier.remove(watch);
      this.#account.returnWatch();
    }
    this.#account.returnInstance();
  }

  /** Source: fs/notify/fdinfo.c, inotify_fdinfo. */
  describe(): readonly string[] {
    return [...this.#byNumber.values()].map(({ number, node, mask }) => {
      const { server, nodeId } = node;
      const hex = (value: number): string => value.toString(16);
      const { major, minor } = decodeDevice(server.deviceId);
      const place = `ino:${hex(nodeId)} sdev:${hex(major * 2 ** 20 + minor)}`;
      const handle = showHandle(node);
      return `inotify wd:${hex(number)} ${place} mask:${hex(mask & IN_ALL_EVENTS)} ignored_mask:0 ${handle}\n`;
    });
  }
}

export class InotifyWatch implements Watch {
  readonly node: FileNode;
  readonly number: number;
  mask: number;
  readonly #file: InotifyFile;

  constructor(file: InotifyFile, node: FileNode, number: number, mask: number) {
    this.#file = file;
    this.node = node;
    this.number = number;
    this.mask = mask;
  }

  /** Sets what is watched for, or adds to it. */
  change(mask: number, manner: 'sets' | 'adds'): void {
    this.mask = (mask & KEPT_BITS) | (manner === 'adds' ? this.mask : 0);
  }

  tell(event: FileEvent): void {
    const { mask, cookie, name } = event;
    if ((this.mask & IN_EXCL_UNLINK) !== 0 && event.isNameless) return;
    if ((mask & (this.mask | IN_UNMOUNT) & (IN_ALL_EVENTS | IN_UNMOUNT)) === 0) return;
    this.#file.queue({ wd: this.number, mask: mask & (IN_ALL_EVENTS | IN_ISDIR | IN_UNMOUNT), cookie, name });
    if ((this.mask & IN_ONESHOT) !== 0) this.#file.unwatch(this.number);
  }

  ended(): void {
    this.#file.forget(this);
  }
}

function isSameEvent(a: QueuedEvent, b: QueuedEvent): boolean {
  return a.mask === b.mask && a.wd === b.wd && a.name === b.name && a.mask !== IN_IGNORED;
}

function nameRoom(name: ByteString): number {
  const { size } = inotifyEventLayout;
  return name === '' ? 0 : Math.ceil((name.length + 1) / size) * size;
}

function sizeOf(event: QueuedEvent): number {
  return inotifyEventLayout.size + nameRoom(event.name);
}

function store(event: QueuedEvent, into: Uint8Array): void {
  const view = new DataView(into.buffer, into.byteOffset);
  view.setInt32(inotifyEventLayout.wd, event.wd, true);
  view.setUint32(inotifyEventLayout.mask, event.mask >>> 0, true);
  view.setUint32(inotifyEventLayout.cookie, event.cookie, true);
  view.setUint32(inotifyEventLayout.len, nameRoom(event.name), true);
  into.fill(0, inotifyEventLayout.size, sizeOf(event));
  into.set(bytesFromString(event.name), inotifyEventLayout.size);
}
