/**
 * A character device of the guest that is JavaScript outside. What is read is asked for once for each opening, when a program first
 * wants it; what is written is handed over write by write. The owner's functions run outside the kernel's turns; programs wait for them.
 */
import type { FileNode } from '../../kernel/file-server.ts';
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { ENXIO } from '../../linuxabi/abi/errno.ts';
import { AT_FDCWD } from '../../linuxabi/abi/fcntl.ts';
import { S_IFCHR } from '../../linuxabi/abi/stat.ts';
import { mknodat } from '../../linuxabi/fs/calls/names.ts';
import { encodeDevice } from '../../linuxabi/fs/stat-image.ts';
import { toByteString } from '../../kernel/byte-string.ts';
import { guestError } from './guest-error.ts';
import type { MachineHost } from './machine-host.ts';
import { outside } from './outside.ts';

/** What the device does; without `read` it is always at its end, without `write` it refuses (EIO). A failure is EIO for the program. */
export interface DeviceHandlers {
  /** All that one opening reads, from its beginning to its end. */
  read?(): string | Uint8Array | Promise<string | Uint8Array>;
  /** One write. The next one waits until it is over, and tells of its failure. */
  write?(bytes: Buffer): void | Promise<void>;
}

/** Until it is removed. */
export interface GuestDevice {
  /** Takes the name away; those who have it open keep it. */
  remove(): Promise<void>;
}

/** For local and experimental use. Source: Documentation/admin-guide/devices.txt. */
const LOCAL_MAJOR = 240;
const PERMISSIONS = 0o666;

/**
 * Makes the device's node at an absolute path of the guest; throws when that is taken or can't be.
 * @internal
 */
export function makeDevice(host: MachineHost, path: string, handlers: DeviceHandlers): void {
  const minor = host.nextDeviceMinor();
  const { system } = host.machine.fs;
  system.devices.register(LOCAL_MAJOR, minor, (_thread, { node }) =>
    host.closed ? -ENXIO : new HandledFile(node, handlers),
  );
  const number = encodeDevice({ major: LOCAL_MAJOR, minor });
  const made = mknodat(host.agent.thread, AT_FDCWD, toByteString(path), S_IFCHR | PERMISSIONS, number);
  if (made < 0) throw guestError(made, { syscall: 'mknod', path });
}

/** One opening. */
class HandledFile extends UnseekableFile {
  readonly waitQueue = new WaitQueue();
  readonly #node: FileNode;
  readonly #handlers: DeviceHandlers;
  #asked = false;
  /** What is left to be read; undefined until the owner has answered. */
  #content: Uint8Array | undefined;
  #readFailed = false;
  #writing = false;
  #writeFailed = false;

  constructor(node: FileNode, handlers: DeviceHandlers) {
    super();
    this.#node = node;
    this.#handlers = handlers;
  }

  override get node(): FileNode {
    return this.#node;
  }

  read(into: Uint8Array): number {
    this.#ask();
    if (this.#readFailed) return Status.InputOutput;
    if (this.#content === undefined) return Status.WouldBlock;
    const part = this.#content.subarray(0, into.length);
    into.set(part);
    this.#content = this.#content.subarray(part.length);
    return part.length;
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    outside(async () => {
      const content = (await this.#handlers.read?.()) ?? '';
      this.#content = typeof content === 'string' ? Buffer.from(content) : content;
    }).then(
      () => void this.waitQueue.wake(),
      () => {
        this.#readFailed = true;
        this.waitQueue.wake();
      },
    );
  }

  write(from: Uint8Array): number {
    if (this.#writing) return Status.WouldBlock;
    const failed = this.#writeFailed || this.#handlers.write === undefined;
    this.#writeFailed = false;
    if (failed) return Status.InputOutput;
    const bytes = Buffer.from(from);
    this.#writing = true;
    const end = (): void => {
      this.#writing = false;
      this.waitQueue.wake();
    };
    outside(async () => this.#handlers.write?.(bytes)).then(end, () => {
      this.#writeFailed = true;
      end();
    });
    return from.length;
  }

  readiness(): number {
    this.#ask();
    const readable = this.#content !== undefined || this.#readFailed ? Ready.Readable : 0;
    return readable | (this.#writing ? 0 : Ready.Writable);
  }
}
