/** Control messages of sendmsg and recvmsg as sockets understand them. Source: net/core/scm.c, scm_send and scm_recv; unix(7). */
import { EBADF, EINVAL, EPERM, ESRCH, ETOOMANYREFS } from '../abi/errno.ts';
import { O_CLOEXEC } from '../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../abi/resource.ts';
import {
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  SCM_CREDENTIALS,
  SCM_MAX_FD,
  SCM_PIDFD,
  SCM_RIGHTS,
  SO_PASSCRED,
  SO_PASSPIDFD,
  SO_TIMESTAMPNS,
  SO_TIMESTAMPNS_NEW,
  SOL_SOCKET,
  ucred,
} from '../abi/socket.ts';
import type { Description } from '../fs/description.ts';
import { descriptorLimit, install, usable } from '../fs/descriptors.ts';
import { isPrivileged } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { readControl } from './guest-message.ts';
import type { ControlWriter, GivenControl, MessageHeader } from './guest-message.ts';
import type { PeerCredentials, Received, SentAncillary } from './message.ts';
import { timestampOptions } from './option-rules.ts';
import type { Socket } from './socket.ts';
import { senderDescriptor } from './unix/peer-options.ts';
import { credentialBytes } from './unix/unix-options.ts';

const FD_SIZE = 4;
const NS_PER_SECOND = 1_000_000_000n;

/** What a message being sent carries, or −errno. Sockets without descriptors to pass ignore it. */
export function readAncillary(
  thread: LinuxThread,
  socket: Socket,
  header: MessageHeader,
): SentAncillary | undefined | number {
  const given = readControl(thread, header);
  if (typeof given === 'number') return given;
  if (given.length === 0) return undefined;
  if (socket.kind.family !== AF_UNIX) return { files: [], credentials: undefined, control: given };
  const files: Description[] = [];
  let credentials: PeerCredentials | undefined;
  const refuse = (error: number): number => {
    for (const file of files) file.release();
    return error;
  };
  for (const control of given) {
    if (control.level !== SOL_SOCKET) continue;
    if (control.type === SCM_RIGHTS) {
      const result = takeFiles(thread, control, files);
      if (result < 0) return refuse(result);
    } else if (control.type === SCM_CREDENTIALS) {
      const claimed = readCredentials(thread, control);
      if (typeof claimed === 'number') return refuse(claimed);
      credentials = claimed;
    } else return refuse(-EINVAL);
  }
  const inFlight = socket.network.rights.count + files.length;
  const mayFly = isPrivileged(thread.process.credentials) || inFlight <= thread.process.limits.soft(RLIMIT_NOFILE);
  return mayFly || files.length === 0 ? { files, credentials } : refuse(-ETOOMANYREFS);
}

function takeFiles(thread: LinuxThread, { data }: GivenControl, files: Description[]): number {
  const count = Math.floor(data.byteLength / FD_SIZE);
  if (files.length + count > SCM_MAX_FD) return -EINVAL;
  for (let i = 0; i < count; i++) {
    const description = usable(thread, data.getInt32(i * FD_SIZE, true));
    if (typeof description === 'number') return -EBADF;
    files.push(description.retain());
  }
  return 0;
}

/** Credentials that the sender may claim: its own, or any when privileged. Source: net/core/scm.c, scm_check_creds. */
function readCredentials({ process, machine }: LinuxThread, { data }: GivenControl): PeerCredentials | number {
  if (data.byteLength !== ucred.size) return -EINVAL;
  const pid = data.getInt32(ucred.pid, true);
  const claimed = {
    pid,
    uid: data.getInt32(ucred.uid, true),
    gid: data.getInt32(ucred.gid, true),
    process: machine.tasks.processes.get(pid),
    groups: [],
  };
  const { credentials } = process;
  if (claimed.uid === -1 || claimed.gid === -1) return -EINVAL;
  if (!isPrivileged(credentials)) {
    const { uid, euid, suid, gid, egid, sgid } = credentials;
    if (claimed.pid !== process.pid) return -EPERM;
    if (![uid, euid, suid].includes(claimed.uid) || ![gid, egid, sgid].includes(claimed.gid)) return -EPERM;
  }
  return claimed.process === undefined ? -ESRCH : claimed;
}

/** Stores what a received message carries, in Linux's order; descriptors get their numbers here. */
export function writeAncillary(
  thread: LinuxThread,
  socket: Socket,
  received: Received,
  control: ControlWriter,
  flags: number,
): void {
  const { options } = socket;
  const asked = timestampOptions.find((option) => options.has(option));
  if (received.arrivedNs !== 0n && asked !== undefined) {
    const unitNs = asked === SO_TIMESTAMPNS || asked === SO_TIMESTAMPNS_NEW ? 1n : 1000n;
    // The message has the option's number.
    control.put(SOL_SOCKET, asked, timeBytes(received.arrivedNs, unitNs));
  }
  if (socket.kind.family === AF_UNIX && options.has(SO_PASSCRED) && received.credentials !== undefined)
    control.put(SOL_SOCKET, SCM_CREDENTIALS, credentialBytes(shown(received.credentials)));
  for (const { level, type, bytes } of received.control) control.put(level, type, bytes);
  if (received.files.length > 0) writeFiles(thread, received.files, control, flags);
  if (socket.kind.family === AF_UNIX && options.has(SO_PASSPIDFD)) writePidfd(thread, received, control);
}

/** A descriptor of the sender's process. Source: net/core/scm.c, scm_pidfd_recv. */
function writePidfd(thread: LinuxThread, { credentials }: Received, control: ControlWriter): void {
  if (control.dataRoom < FD_SIZE) {
    control.truncated = true;
    return;
  }
  const bytes = credentials === undefined ? undefined : senderDescriptor(thread, credentials);
  if (bytes !== undefined) control.put(SOL_SOCKET, SCM_PIDFD, bytes);
}

/** Nobody's user and group are shown as the overflow ids. Source: /proc/sys/kernel/overflowuid. */
const OVERFLOW_ID = 65_534;
function shown(sender: PeerCredentials): PeerCredentials {
  const { uid, gid } = sender;
  return { ...sender, uid: uid === -1 ? OVERFLOW_ID : uid, gid: gid === -1 ? OVERFLOW_ID : gid };
}

function timeBytes(ns: bigint, unitNs: bigint): Uint8Array {
  return new Uint8Array(BigInt64Array.of(ns / NS_PER_SECOND, (ns % NS_PER_SECOND) / unitNs).buffer);
}

/** As many as there is room for, and numbers; the rest close. */
function writeFiles(thread: LinuxThread, files: readonly Description[], control: ControlWriter, flags: number): void {
  const room = Math.max(0, Math.floor(control.dataRoom / FD_SIZE));
  const numbers: number[] = [];
  for (const file of files) {
    const fits = numbers.length < room && thread.process.files.hasRoom(descriptorLimit(thread));
    if (fits) numbers.push(install(thread, file, (flags & MSG_CMSG_CLOEXEC) !== 0 ? O_CLOEXEC : 0));
    else {
      control.truncated = true;
      file.release();
    }
  }
  if (numbers.length > 0) control.put(SOL_SOCKET, SCM_RIGHTS, new Uint8Array(Int32Array.from(numbers).buffer));
}
