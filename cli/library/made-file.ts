/**
 * A regular file of the guest whose content JavaScript makes: at each opening anew, as in /proc. What is written goes to JavaScript when the
 * opening is closed.
 */
import { toByteString } from '../../kernel/byte-string.ts';
import { NodeKind, OpenAccess, type Attributes, type FileNode, type FileServer } from '../../kernel/file-server.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import type { Reference } from '../../kernel/reference.ts';
import { Status } from '../../kernel/status.ts';
import { AT_FDCWD } from '../../linuxabi/abi/fcntl.ts';
import { unlinkat } from '../../linuxabi/fs/calls/names.ts';
import { existsIn, mountTree } from '../session-files.ts';
import { argumentError } from './guest-error.ts';
import type { MachineHost } from './machine-host.ts';
import { MadeFileOpening, type FileHandlers } from './made-file-opening.ts';

/** Until it is removed. */
export interface GuestFileName {
  /** Takes it away, and shows what it covered; those who have it open keep it. */
  remove(): void;
}

/** A tree that is only this file: mounted on its place, it covers what was there. */
export class MadeFileServer implements FileServer {
  readonly type = 'k42file';
  readonly deviceId: number;
  readonly readOnly = false;
  readonly root: FileNode;

  constructor(deviceId: number, node: (server: FileServer) => FileNode) {
    this.deviceId = deviceId;
    this.root = node(this);
  }

  statistics() {
    return { blockSizeBytes: 4096, blocks: 0, blocksFree: 0, nodes: 1, nodesFree: 0, nameLimit: 255 };
  }
}

export interface MadeFileOptions {
  readonly server: FileServer;
  readonly handlers: FileHandlers;
  readonly nowNs: bigint;
  readonly adopt: (file: OpenFile) => Reference<OpenFile>;
}

/** Refuses what only folders and links can do. */
export class MadeFile implements FileNode {
  readonly server: FileServer;
  readonly nodeId = 1;
  readonly kind = NodeKind.File;
  readonly #attributes: Attributes;
  readonly #handlers: FileHandlers;
  readonly #adopt: (file: OpenFile) => Reference<OpenFile>;

  constructor({ server, handlers, nowNs, adopt }: MadeFileOptions) {
    this.server = server;
    this.#handlers = handlers;
    this.#adopt = adopt;
    this.#attributes = {
      kind: NodeKind.File,
      permissions: (handlers.read === undefined ? 0 : 0o444) | (handlers.write === undefined ? 0 : 0o200),
      owner: 0,
      group: 0,
      links: 1,
      // Nobody knows before it is made, as in /proc.
      sizeBytes: 0,
      blocks512: 0,
      accessedNs: nowNs,
      modifiedNs: nowNs,
      changedNs: nowNs,
      createdNs: nowNs,
      device: { major: 0, minor: 0 },
    };
  }

  attributes(): Attributes {
    return this.#attributes;
  }

  /** Truncation is let pass: each opening writes from nothing. */
  setAttributes({ sizeBytes: _size, ...change }: Partial<Attributes>): Status {
    Object.assign(this.#attributes, change);
    return Status.Ok;
  }

  /** Root passes the permission bits, but what can't be done still can't. */
  open(access: OpenAccess): Reference<OpenFile> | Status {
    if ((access & OpenAccess.Read) !== 0 && this.#handlers.read === undefined) return Status.AccessDenied;
    if ((access & OpenAccess.Write) !== 0 && this.#handlers.write === undefined) return Status.AccessDenied;
    return this.#adopt(new MadeFileOpening(this, this.#handlers));
  }

  read(): Status {
    return Status.Invalid;
  }

  write(): Status {
    return Status.Invalid;
  }

  lookup(): Status {
    return Status.NotDirectory;
  }

  create(): Status {
    return Status.NotDirectory;
  }

  link(): Status {
    return Status.NotPermitted;
  }

  unlink(): Status {
    return Status.NotPermitted;
  }

  rename(): Status {
    return Status.NotPermitted;
  }

  list(): Status {
    return Status.NotDirectory;
  }

  readLink(): Status {
    return Status.Invalid;
  }
}

/**
 * Shows the file at an absolute path of the guest, which may be taken by a file. Throws where it can't be.
 * @internal
 */
export function makeFile(host: MachineHost, path: string, handlers: FileHandlers): GuestFileName {
  const { machine } = host;
  const { system } = machine.fs;
  if (!path.startsWith('/')) throw argumentError(`'${path}' is no absolute path of the guest`);
  const adopt = (file: OpenFile): Reference<OpenFile> =>
    system.factories(machine.kernel.factories).adopt('made-file', file);
  const nowNs = system.realTimeNs();
  const server = new MadeFileServer(system.nextDevice(), (of) => new MadeFile({ server: of, handlers, nowNs, adopt }));
  const wasThere = existsIn(system, path);
  const { mount } = mountTree(system, path, server, 'javascript');
  return {
    remove: () => {
      if (host.closed) return;
      // A program with the right to may have unmounted it.
      mount.namespace?.remove(mount);
      if (!wasThere) unlinkat(host.agent.thread, AT_FDCWD, toByteString(path), 0);
    },
  };
}
