/**
 * Names of Unix sockets: paths (a socket file in a tree) and abstract names. Source: unix(7), "Address format"; net/unix/af_unix.c.
 */
import { bytesFromString, stringFromBytes, untilZero } from '../../../kernel/byte-string.ts';
import type { ByteString } from '../../../kernel/byte-string.ts';
import { NodeKind } from '../../../kernel/file-server.ts';
import type { FileNode } from '../../../kernel/file-server.ts';
import { EADDRINUSE, ECONNREFUSED, EEXIST, EINVAL, ENOENT, EPROTOTYPE } from '../../abi/errno.ts';
import { AT_FDCWD } from '../../abi/fcntl.ts';
import { AF_UNIX, sockaddr_un } from '../../abi/socket.ts';
import { nodeAt } from '../../fs/mount.ts';
import { announce, createNode } from '../../fs/opening.ts';
import { Last } from '../../fs/path-walk.ts';
import { checkAccess, May } from '../../fs/permission.ts';
import { locate, locateName } from '../../fs/walker.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { Socket } from '../socket.ts';

/** Names that autobind makes: five hexadecimal digits. */
const AUTOBIND_NAMES = 0x100000;
const SOCKET_MODE = 0o777;

/** The name of a bound socket. */
export interface UnixName {
  /** struct sockaddr_un as getsockname shows it. */
  readonly address: Uint8Array;
  /** The socket file, for a path. */
  readonly node: FileNode | undefined;
}

/** What stands for an unnamed socket: the family alone. */
export const UNNAMED = Uint8Array.of(AF_UNIX, 0);

/** A named socket: both Unix protocols are one. */
export interface Named {
  readonly socket: Socket;
  name: UnixName | undefined;
}

type Parsed = { readonly path: ByteString } | { readonly abstract: ByteString };

/** −EINVAL for what is no sockaddr_un with a name. */
function parse(address: Uint8Array): Parsed | number {
  if (address.length <= sockaddr_un.sun_path || address.length > sockaddr_un.size) return -EINVAL;
  if (familyOf(address) !== AF_UNIX) return -EINVAL;
  const name = stringFromBytes(address.subarray(sockaddr_un.sun_path));
  if (name.startsWith('\0')) return { abstract: name };
  return { path: untilZero(name) };
}

export function familyOf(address: Uint8Array): number {
  return address.length < 2 ? 0 : address[0]! | (address[1]! << 8);
}

function addressOf(sunPath: ByteString): Uint8Array {
  return bytesFromString(`${String.fromCharCode(AF_UNIX)}\0${sunPath}`);
}

function keyOf(type: number, name: ByteString): ByteString {
  return `${type}${name}`;
}

export class UnixNames {
  /** By type and name: sockets of different types don't see each other's. */
  readonly #abstract = new Map<ByteString, Named>();
  readonly #files = new Map<FileNode, Named>();
  #lastAutomatic = 0;

  bind(thread: LinuxThread, named: Named, address: Uint8Array): number {
    if (address.length === sockaddr_un.sun_path && familyOf(address) === AF_UNIX) return this.autobind(named);
    const parsed = parse(address);
    if (typeof parsed === 'number') return parsed;
    if (named.name !== undefined) return -EINVAL;
    if ('path' in parsed) return this.#bindPath(thread, named, parsed.path);
    const key = keyOf(named.socket.kind.type, parsed.abstract);
    if (this.#abstract.has(key)) return -EADDRINUSE;
    this.#abstract.set(key, named);
    named.name = { address: address.slice(), node: undefined };
    return 0;
  }

  /** An abstract name of the system's choice, for a socket that has none. */
  autobind(named: Named): number {
    if (named.name !== undefined) return 0;
    for (let tries = 0; tries < AUTOBIND_NAMES; tries++) {
      this.#lastAutomatic = (this.#lastAutomatic + 1) % AUTOBIND_NAMES;
      const name = `\0${this.#lastAutomatic.toString(16).padStart(5, '0')}`;
      const key = keyOf(named.socket.kind.type, name);
      if (this.#abstract.has(key)) continue;
      this.#abstract.set(key, named);
      named.name = { address: addressOf(name), node: undefined };
      return 0;
    }
    return -ENOENT;
  }

  /** The socket of this type with that name, for one who wants to connect or send to it. */
  find(thread: LinuxThread, address: Uint8Array, type: number): Named | number {
    const parsed = parse(address);
    if (typeof parsed === 'number') return parsed;
    const named =
      'path' in parsed ? this.#findPath(thread, parsed.path) : this.#abstract.get(keyOf(type, parsed.abstract));
    if (typeof named === 'number') return named;
    if (named === undefined) return -ECONNREFUSED;
    return named.socket.kind.type === type ? named : -EPROTOTYPE;
  }

  /** The socket has closed: its own name goes (an accepted end only shows its listener's). A socket file stays. */
  release(named: Named): void {
    const { name } = named;
    if (name === undefined) return;
    if (name.node === undefined) {
      const key = keyOf(named.socket.kind.type, stringFromBytes(name.address.subarray(sockaddr_un.sun_path)));
      if (this.#abstract.get(key) === named) this.#abstract.delete(key);
    } else if (this.#files.get(name.node) === named) {
      this.#files.delete(name.node);
      name.node.drop?.();
    }
  }

  #bindPath(thread: LinuxThread, named: Named, path: ByteString): number {
    const place = locateName(thread, AT_FDCWD, path);
    if (typeof place === 'number') return place === -EEXIST ? -EADDRINUSE : place;
    if (place.special !== '' || place.dentry.node !== undefined) return -EADDRINUSE;
    if (place.asDirectory === 1) return -ENOENT;
    const node = createNode(thread, place, NodeKind.Socket, SOCKET_MODE);
    if (typeof node === 'number') return node === -EEXIST ? -EADDRINUSE : node;
    announce(thread, place, node);
    node.hold?.();
    this.#files.set(node, named);
    named.name = { address: addressOf(`${path}\0`), node };
    return 0;
  }

  #findPath(thread: LinuxThread, path: ByteString): Named | number | undefined {
    const location = locate(thread, AT_FDCWD, path, Last.Follow);
    if (typeof location === 'number') return location;
    const node = nodeAt(location);
    const denied = checkAccess(node, thread.process.credentials, May.Write);
    if (denied < 0) return denied;
    return node.kind === NodeKind.Socket ? this.#files.get(node) : undefined;
  }
}
