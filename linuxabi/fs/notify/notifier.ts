/**
 * Who is told what happens to files: the watches of inotify and dnotify, by the file they watch. Calls that do something to a file
 * tell it here, in the IN_ bits of inotify, after they have done it. While nobody watches, that costs them one look at `isIdle`.
 * Source: inotify(7); fs/notify/fsnotify.c; include/linux/fsnotify.h.
 */
import type { ByteString } from '../../../kernel/byte-string.ts';
import { NodeKind } from '../../../kernel/file-server.ts';
import type { AttributeChange, FileNode, FileServer } from '../../../kernel/file-server.ts';
import {
  IN_ACCESS,
  IN_ATTRIB,
  IN_DELETE_SELF,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_MOVE_SELF,
  IN_UNMOUNT,
} from '../../abi/inotify.ts';
import type { Dentry } from '../dentry.ts';

export interface FileEvent {
  /** One of IN_ALL_EVENTS, and IN_ISDIR when it happened to a directory. */
  readonly mask: number;
  /** Of the file in the watched directory; '' when the watched file itself is meant. */
  readonly name: ByteString;
  /** What the two halves of a move have in common. */
  readonly cookie: number;
  /** It happened through an open description whose name has been removed. */
  readonly isNameless: boolean;
}

export interface Watch {
  readonly node: FileNode;
  tell(event: FileEvent): void;
  /** The file is gone, or its tree: the watch is no longer known here. */
  ended(): void;
}

/** Through what a file was reached: a path, or an open description (whose name may have been removed). */
export const Reached = { ByName: 0, Opened: 1 } as const;
export type Reached = (typeof Reached)[keyof typeof Reached];

export class Notifier {
  readonly #watches = new Map<FileNode, Set<Watch>>();
  #lastCookie = 0;

  /** Nobody watches anything. */
  get isIdle(): boolean {
    return this.#watches.size === 0;
  }

  add(watch: Watch): void {
    const { node } = watch;
    const watches = this.#watches.get(node);
    if (watches !== undefined) {
      watches.add(watch);
      return;
    }
    this.#watches.set(node, new Set([watch]));
  }

  remove(watch: Watch): void {
    const { node } = watch;
    const watches = this.#watches.get(node);
    if (watches?.delete(watch) !== true || watches.size > 0) return;
    this.#watches.delete(node);
  }

  /** Something happened to a file: its directory's watches are told with its name, then its own. */
  atPlace(dentry: Dentry | undefined, bits: number, reached: Reached = Reached.ByName): void {
    if (this.isIdle || dentry?.node === undefined) return;
    const { node, parent, name } = dentry;
    const mask = withKind(node, bits);
    const isNameless = reached === Reached.Opened && dentry.removed;
    if (parent?.node !== undefined) this.#tell(parent.node, { mask, name, cookie: 0, isNameless });
    this.#tell(node, { mask, name: '', cookie: 0, isNameless });
  }

  /** Something happened to a file that only concerns the file. */
  atNode(node: FileNode, bits: number): void {
    if (!this.isIdle) this.#tell(node, { mask: withKind(node, bits), name: '', cookie: 0, isNameless: false });
  }

  /** A name came or went in a directory. */
  inDirectory(directory: FileNode, bits: number, name: ByteString, node: FileNode): void {
    if (!this.isIdle) this.#tell(directory, { mask: withKind(node, bits), name, cookie: 0, isNameless: false });
  }

  /** A file got another name. */
  moved(node: FileNode, from: FileNode, fromName: ByteString, to: FileNode, toName: ByteString): void {
    if (this.isIdle) return;
    const cookie = ++this.#lastCookie;
    this.#tell(from, { mask: withKind(node, IN_MOVED_FROM), name: fromName, cookie, isNameless: false });
    this.#tell(to, { mask: withKind(node, IN_MOVED_TO), name: toName, cookie, isNameless: false });
  }

  movedSelf(node: FileNode): void {
    this.atNode(node, IN_MOVE_SELF);
  }

  /** Source: include/linux/fsnotify.h, fsnotify_change. */
  changed(dentry: Dentry | undefined, change: AttributeChange): void {
    if (this.isIdle) return;
    const { permissions, owner, group, sizeBytes, accessedNs, modifiedNs } = change;
    let bits = sizeBytes === undefined ? 0 : IN_MODIFY;
    if (permissions !== undefined || owner !== undefined || group !== undefined) bits |= IN_ATTRIB;
    if (accessedNs !== undefined && modifiedNs !== undefined) bits |= IN_ATTRIB;
    else if (accessedNs !== undefined) bits |= IN_ACCESS;
    else if (modifiedNs !== undefined) bits |= IN_MODIFY;
    if (bits !== 0) this.atPlace(dentry, bits);
  }

  /** A removed name, or its last open description, went: the file ends for its watches when it has no other name. */
  nameGone({ node, removed, users }: Dentry): void {
    if (this.isIdle || node === undefined || !removed || users > 0 || node.attributes().links > 0) return;
    this.#tell(node, { mask: IN_DELETE_SELF, name: '', cookie: 0, isNameless: false });
    this.#end(node);
  }

  /** A tree is no longer mounted anywhere. */
  unmounted(server: FileServer): void {
    for (const [node, watches] of this.#watches) {
      if (node.server !== server) continue;
      for (const watch of watches) watch.tell({ mask: IN_UNMOUNT, name: '', cookie: 0, isNameless: false });
      this.#end(node);
    }
  }

  #end(node: FileNode): void {
    const watches = this.#watches.get(node);
    if (watches === undefined) return;
    this.#watches.delete(node);
    for (const watch of watches) watch.ended();
  }

  #tell(node: FileNode, event: FileEvent): void {
    const watches = this.#watches.get(node);
    // A watch may go when it is told.
    if (watches !== undefined) for (const watch of [...watches]) watch.tell(event);
  }
}

function withKind(node: FileNode, bits: number): number {
  return node.kind === NodeKind.Directory && (bits & (IN_DELETE_SELF | IN_MOVE_SELF)) === 0 ? bits | IN_ISDIR : bits;
}
