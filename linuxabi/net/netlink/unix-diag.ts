/** Unix sockets, for those who ask sock_diag. Source: net/unix/diag.c. */
import { concatenate } from '../../../kernel/concatenate.ts';
import { EINVAL, ENOENT, ESTALE } from '../../abi/errno.ts';
import { TCP_CLOSE, TCP_ESTABLISHED, TCP_LISTEN } from '../../abi/inet.ts';
import { nlmsghdr } from '../../abi/netlink.ts';
import * as diag from '../../abi/sock-diag.ts';
import { AF_UNIX, sockaddr_un } from '../../abi/socket.ts';
import type { Network } from '../network.ts';
import type { Socket } from '../socket.ts';
import { intBytes } from '../socket-options.ts';
import { UnixDatagram } from '../unix/unix-datagram.ts';
import { UnixStream } from '../unix/unix-stream.ts';
import { attribute, viewOf } from './netlink-message.ts';
import type { NetlinkAnswer, NetlinkDump, NetlinkRequest } from './netlink-message.ts';
import { memoryInfo } from '../memory-info.ts';

const { unix_diag_msg, unix_diag_req } = diag;

interface Asked {
  /** Bits of TCP_* states. */
  readonly states: number;
  readonly inode: number;
  /** UDIAG_SHOW_* */
  readonly show: number;
  readonly cookie: number;
}

export class UnixDiag {
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
  }

  get(request: NetlinkRequest): readonly NetlinkAnswer[] | number {
    const asked = read(request);
    if (typeof asked === 'number') return asked;
    if (asked.inode === 0) return -EINVAL;
    for (const socket of this.#sockets()) {
      if (socket.inode !== asked.inode) continue;
      const isSame = asked.cookie === diag.INET_DIAG_NOCOOKIE || asked.cookie === asked.inode;
      return isSame ? [answerOf(socket, asked.show)] : -ESTALE;
    }
    return -ENOENT;
  }

  dump(request: NetlinkRequest): NetlinkDump | number {
    const asked = read(request);
    return typeof asked === 'number' ? asked : this.#answers(asked);
  }

  *#answers({ states, show }: Asked): Generator<NetlinkAnswer, undefined> {
    for (const socket of this.#sockets()) {
      if (socket.inode !== 0 && (states & (1 << stateOf(socket))) !== 0) yield answerOf(socket, show);
    }
    return undefined;
  }

  *#sockets(): Generator<Socket> {
    for (const socket of this.#network.sockets) if (socket.kind.family === AF_UNIX) yield socket;
  }
}

function read({ bytes }: NetlinkRequest): Asked | number {
  const request = bytes.subarray(nlmsghdr.size);
  if (request.length < unix_diag_req.size) return -EINVAL;
  const view = viewOf(request);
  return {
    states: view.getUint32(unix_diag_req.udiag_states, true),
    inode: view.getUint32(unix_diag_req.udiag_ino, true),
    show: view.getUint32(unix_diag_req.udiag_show, true),
    cookie: view.getUint32(unix_diag_req.udiag_cookie, true),
  };
}

/** TCP_* */
function stateOf({ protocol }: Socket): number {
  if (protocol instanceof UnixDatagram) return protocol.isEstablished ? TCP_ESTABLISHED : TCP_CLOSE;
  if (!(protocol instanceof UnixStream)) return TCP_CLOSE;
  return protocol.isListening ? TCP_LISTEN : protocol.isConnected ? TCP_ESTABLISHED : TCP_CLOSE;
}

function answerOf(socket: Socket, show: number): NetlinkAnswer {
  const header = new Uint8Array(unix_diag_msg.size);
  const view = viewOf(header);
  header[unix_diag_msg.udiag_family] = AF_UNIX;
  header[unix_diag_msg.udiag_type] = socket.kind.type;
  header[unix_diag_msg.udiag_state] = stateOf(socket);
  view.setUint32(unix_diag_msg.udiag_ino, socket.inode, true);
  view.setUint32(unix_diag_msg.udiag_cookie, socket.inode, true);
  const parts: Uint8Array[] = [header, ...particulars(socket, show)];
  if ((show & diag.UDIAG_SHOW_MEMINFO) !== 0) parts.push(attribute(diag.UNIX_DIAG_MEMINFO, memoryInfo(socket)));
  parts.push(attribute(diag.UNIX_DIAG_SHUTDOWN, Uint8Array.of(socket.shut)));
  if ((show & diag.UDIAG_SHOW_UID) !== 0) parts.push(attribute(diag.UNIX_DIAG_UID, intBytes(socket.owner.fsuid)));
  return { type: diag.SOCK_DIAG_BY_FAMILY, body: concatenate(parts) };
}

/** Names, the other end, queues. */
function* particulars({ protocol }: Socket, show: number): Generator<Uint8Array> {
  if (!(protocol instanceof UnixStream || protocol instanceof UnixDatagram)) return;
  const { name, otherEnd } = protocol;
  const listener = protocol instanceof UnixStream && protocol.isListening ? protocol : undefined;
  if ((show & diag.UDIAG_SHOW_NAME) !== 0 && name !== undefined)
    yield attribute(diag.UNIX_DIAG_NAME, name.address.subarray(sockaddr_un.sun_path));
  if ((show & diag.UDIAG_SHOW_VFS) !== 0 && name?.node !== undefined)
    yield attribute(diag.UNIX_DIAG_VFS, intBytes(name.node.nodeId, kernelDevice(name.node.server.deviceId)));
  if ((show & diag.UDIAG_SHOW_PEER) !== 0 && otherEnd !== undefined && !otherEnd.socket.closed)
    yield attribute(diag.UNIX_DIAG_PEER, intBytes(otherEnd.socket.inode));
  if ((show & diag.UDIAG_SHOW_ICONS) !== 0 && listener !== undefined && listener.waiting.length > 0)
    yield attribute(diag.UNIX_DIAG_ICONS, intBytes(...listener.waiting.map(connectorOf)));
  if ((show & diag.UDIAG_SHOW_RQLEN) === 0) return;
  const queues =
    listener === undefined
      ? intBytes(Math.max(0, protocol.queuedBytes('in')), Math.max(0, protocol.queuedBytes('out')))
      : intBytes(listener.waiting.length, listener.backlog);
  yield attribute(diag.UNIX_DIAG_RQLEN, queues);
}

/** Who waits at the other end of a connection that waits for accept. */
function connectorOf({ protocol }: Socket): number {
  const peer = protocol instanceof UnixStream ? protocol.otherEnd : undefined;
  return peer === undefined ? 0 : peer.socket.inode;
}

/** As the kernel keeps device numbers inside. Source: include/linux/kdev_t.h, MKDEV, new_encode_dev. */
function kernelDevice(device: number): number {
  const major = (device >>> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  return (major << 20) | minor;
}
