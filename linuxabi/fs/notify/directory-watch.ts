/** dnotify: signals to the owner of a directory's description. Source: fcntl(2), "File and directory change notification"; fs/notify/dnotify. */
import type { FileNode } from '../../../kernel/file-server.ts';
import { DN_ACCESS, DN_ATTRIB, DN_CREATE, DN_DELETE, DN_MODIFY, DN_MULTISHOT, DN_RENAME } from '../../abi/fcntl.ts';
import {
  IN_ACCESS,
  IN_ATTRIB,
  IN_CREATE,
  IN_DELETE,
  IN_MODIFY,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../../abi/inotify.ts';
import type { FileEvent, Notifier, Watch } from './notifier.ts';

const meanings: readonly (readonly [asked: number, events: number])[] = [
  [DN_ACCESS, IN_ACCESS],
  [DN_MODIFY, IN_MODIFY],
  [DN_CREATE, IN_CREATE | IN_MOVED_TO],
  [DN_DELETE, IN_DELETE | IN_MOVED_FROM],
  [DN_RENAME, IN_MOVED_FROM],
  [DN_ATTRIB, IN_ATTRIB],
];

export class DirectoryWatch implements Watch {
  readonly node: FileNode;
  readonly #notifier: Notifier;
  readonly #signal: () => void;
  #asked = 0;

  constructor(node: FileNode, notifier: Notifier, signal: () => void) {
    this.node = node;
    this.#notifier = notifier;
    this.#signal = signal;
  }

  /** Adds to what is asked for (DN_ bits); nothing but DN_MULTISHOT or 0 ends the watch. */
  ask(bits: number): void {
    if ((bits & ~DN_MULTISHOT) === 0) {
      this.end();
      return;
    }
    this.#asked |= bits;
    this.#notifier.add(this);
  }

  tell({ mask }: FileEvent): void {
    let wanted = 0;
    for (const [asked, events] of meanings) if ((this.#asked & asked) !== 0) wanted |= events;
    if ((wanted & mask) === 0) return;
    if ((this.#asked & DN_MULTISHOT) === 0) this.end();
    this.#signal();
  }

  end(): void {
    this.#asked = 0;
    this.#notifier.remove(this);
  }

  ended(): void {
    this.#asked = 0;
  }
}
