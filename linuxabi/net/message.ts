/** What travels through a socket beside its bytes, between the syscalls and a SocketProtocol. */
import type { Description } from '../fs/description.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { GivenControl } from './guest-message.ts';

/** Who sent a message or connected: struct ucred, and whom it is about. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** undefined: nobody. */
  readonly process: LinuxProcess | undefined;
  /** Its supplementary groups. */
  readonly groups: readonly number[];
}

/** Of a socket that nobody has connected: no process, no user. Source: net/core/sock.c, cred_to_ucred. */
export const NO_CREDENTIALS: PeerCredentials = {
  pid: 0,
  uid: -1,
  gid: -1,
  process: undefined,
  groups: [],
};

export function credentialsOfThread({ process }: LinuxThread): PeerCredentials {
  const { uid, gid, groups } = process.credentials;
  return { pid: process.pid, uid, gid, process, groups };
}

/** Ancillary data of a sendmsg. */
export interface SentAncillary {
  /** Held by the call; a protocol that takes them along holds them itself. */
  readonly files: readonly Description[];
  readonly credentials: PeerCredentials | undefined;
  /** Of protocols that read them themselves. */
  readonly control?: readonly GivenControl[];
}

export interface Outgoing {
  readonly bytes: Uint8Array;
  /** MSG_* */
  readonly flags: number;
  /** Where to, as the program gave it; undefined: the peer. */
  readonly address: Uint8Array | undefined;
  readonly ancillary: SentAncillary | undefined;
  readonly thread: LinuxThread;
}

/** What a receive found beside bytes; filled by SocketProtocol.receive. */
export class Received {
  address: Uint8Array | undefined;
  credentials: PeerCredentials | undefined;
  /** Bytes of this receive that are in the program's hands already. */
  moved = 0;
  /** The receiver's own holds. */
  files: readonly Description[] = [];
  /** MSG_* of msg_flags. */
  flags = 0;
  /** Length of the datagram, which may be more than was asked for. */
  fullLength = 0;
  /** More bytes may not be added to this message (it carried descriptors). */
  complete = false;
  /** When a datagram arrived, real time. */
  arrivedNs = 0n;
  /** Destination of an IP datagram (IP_PKTINFO), and other control messages of the protocol. */
  control: readonly ControlMessage[] = [];
}

export interface ControlMessage {
  readonly level: number;
  readonly type: number;
  readonly bytes: Uint8Array;
}
