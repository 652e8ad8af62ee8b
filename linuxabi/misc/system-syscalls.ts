/** The system as a whole: uname(2), sysinfo(2), getrandom(2), sethostname(2), personality(2), vhangup(2), syslog(2). */
import { guestAddress } from '../../cpu/address.ts';
import { bytesFromString } from '../../kernel/byte-string.ts';
import type { ByteString } from '../../kernel/byte-string.ts';
import { systemFacts } from '../adapters/system-census.ts';
import { EFAULT, EINVAL, EPERM } from '../abi/errno.ts';
import { NS_PER_SECOND } from '../abi/time.ts';
import { readBytes, writeBytes } from '../guest-string.ts';
import { CAP_SYS_TTY_CONFIG } from '../abi/capability.ts';
import { capable, isPrivileged } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { KERNEL_RELEASE, KERNEL_VERSION } from './kernel-version.ts';
import { reboot, rebootNames } from './reboot.ts';
import { syslog, syslogNames } from './syslog.ts';
import { ustat } from './ustat.ts';
import { choice, flags, int, partial, pointer, size, syscall, uint } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';

/** Bytes of one member of struct new_utsname. */
const UTS_LENGTH = 65;

function uname(thread: LinuxThread, address: number): number {
  const { hostname, domainname } = thread.process.uts;
  const members: ByteString[] = ['Linux', hostname, KERNEL_RELEASE, KERNEL_VERSION, 'x86_64', domainname];
  const bytes = new Uint8Array(UTS_LENGTH * members.length);
  members.forEach((text, index) => bytes.set(bytesFromString(text.slice(0, UTS_LENGTH - 1)), index * UTS_LENGTH));
  writeBytes(thread.memory, guestAddress(address), bytes);
  return 0;
}

function setName(thread: LinuxThread, address: number, length: number, store: (name: ByteString) => void): number {
  if (!isPrivileged(thread.process.credentials)) return -EPERM;
  if (length < 0 || length >= UTS_LENGTH) return -EINVAL;
  store(String.fromCharCode(...readBytes(thread.memory, guestAddress(address), length)));
  return 0;
}

/** Offsets in struct sysinfo, 112 bytes. */
const Sysinfo = {
  uptime: 0,
  loads: 8,
  totalram: 32,
  freeram: 40,
  sharedram: 48,
  procs: 80,
  mem_unit: 104,
  size: 112,
} as const;
/** Load averages are whole numbers times this. Source: include/uapi/linux/sysinfo.h, SI_LOAD_SHIFT. */
const LOAD_UNIT = 65_536;

function sysinfo(thread: LinuxThread, address: number): number {
  const { uptimeNs, loads, memoryBytes, usedBytes, sharedBytes, threads } = systemFacts(thread.machine);
  const bytes = new Uint8Array(Sysinfo.size);
  const view = new DataView(bytes.buffer);
  const long = (offset: number, value: number): void => view.setBigUint64(offset, BigInt(value), true);
  long(Sysinfo.uptime, Math.floor(uptimeNs / NS_PER_SECOND));
  loads.forEach((load, index) => long(Sysinfo.loads + index * 8, Math.round(load * LOAD_UNIT)));
  long(Sysinfo.totalram, memoryBytes);
  long(Sysinfo.freeram, memoryBytes - usedBytes);
  long(Sysinfo.sharedram, sharedBytes);
  view.setUint16(Sysinfo.procs, threads, true);
  view.setUint32(Sysinfo.mem_unit, 1, true);
  writeBytes(thread.memory, guestAddress(address), bytes);
  return 0;
}

const GRND_NONBLOCK = 1;
const GRND_RANDOM = 2;
const GRND_INSECURE = 4;
const grndNames = { GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE } as const;
const RANDOM_CHUNK = 65_536;
const RANDOM_LIMIT = 0x7ffff000;

function getrandom(thread: LinuxThread, address: number, length: number, randomFlags: number): number {
  if ((randomFlags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) !== 0) return -EINVAL;
  if ((randomFlags & (GRND_RANDOM | GRND_INSECURE)) === (GRND_RANDOM | GRND_INSECURE)) return -EINVAL;
  const total = Math.min(length, RANDOM_LIMIT);
  for (let done = 0; done < total;) {
    const chunk = new Uint8Array(Math.min(RANDOM_CHUNK, total - done));
    thread.machine.random(chunk);
    const stored = thread.memory.write(guestAddress(address + done), chunk);
    done += stored;
    if (stored < chunk.length) return done > 0 ? done : -EFAULT;
  }
  return total;
}

const QUERY_PERSONALITY = 0xffffffff;

export const systemSyscalls: readonly SyscallDefinition[] = [
  syscall(63, 'uname', [pointer('buf')], uname),
  syscall(170, 'sethostname', [pointer('name'), int('len')], (thread, address, length) =>
    setName(thread, address, length, (name) => {
      thread.process.uts.hostname = name;
    }),
  ),
  syscall(171, 'setdomainname', [pointer('name'), int('len')], (thread, address, length) =>
    setName(thread, address, length, (name) => {
      thread.process.uts.domainname = name;
    }),
  ),
  syscall(99, 'sysinfo', [pointer('info')], sysinfo, partial('no buffer memory, no swap')),
  syscall(318, 'getrandom', [pointer('buf'), size('buflen'), flags('flags', grndNames)], getrandom),
  syscall(
    135,
    'personality',
    [uint('persona')],
    ({ process }, persona) => {
      const old = process.personality;
      if (persona !== QUERY_PERSONALITY) process.personality = persona;
      return old;
    },
    partial('kept, without effect'),
  ),
  syscall(
    103,
    'syslog',
    [choice('type', syslogNames), pointer('bufp'), int('len')],
    syslog,
    partial('there is no console to switch off'),
  ),
  syscall(
    169,
    'reboot',
    [uint('magic1'), uint('magic2'), choice('cmd', rebootNames), pointer('arg')],
    (thread, magic1, magic2, command, text) =>
      reboot(thread, { magics: [magic1, magic2], command: command >>> 0, text }),
    partial('restarting ends the machine, as switching off does'),
  ),
  syscall(136, 'ustat', [uint('dev'), pointer('ubuf')], ustat),
  syscall(153, 'vhangup', [], ({ process }) => {
    if (!capable(process.credentials, CAP_SYS_TTY_CONFIG)) return -EPERM;
    process.controllingTerminal?.revoke();
    return 0;
  }),
];
