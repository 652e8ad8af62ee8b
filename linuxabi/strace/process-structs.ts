/** Structures of process creation, scheduling, capabilities and timers' events. */
import * as sched from '../abi/sched.ts';
import { SIGEV_NONE, SIGEV_SIGNAL, SIGEV_THREAD, SIGEV_THREAD_ID, signalName } from '../abi/signal.ts';
import { choiceOf, entry, exit, filled, flagsOf, given, hexOf, i32, pointerOf, structAt, u32, u64 } from './show.ts';
import type { CallView, Show, StructText } from './show.ts';

/** An unsigned int filled in, in brackets. */
export const unsignedOut = filled(4, (view) => `[${u32(view, 0)}]`);

/** Offsets of struct clone_args. Source: clone(2). */
const CloneArgs = {
  flags: 0,
  pidfd: 8,
  child_tid: 16,
  parent_tid: 24,
  exit_signal: 32,
  stack: 40,
  stack_size: 48,
  tls: 56,
  size: 64,
} as const;

/** Members that a flag brings are shown only with it. */
const cloneText: StructText = (view) => {
  const bits = u64(view, CloneArgs.flags);
  const signal = u64(view, CloneArgs.exit_signal);
  const withFlag = (flag: number, name: 'pidfd' | 'child_tid' | 'parent_tid' | 'tls'): string =>
    (bits & flag) === 0 ? '' : `, ${name}=${pointerOf(u64(view, CloneArgs[name]))}`;
  const parts = [
    `flags=${flagsOf(bits, sched.cloneNames)}`,
    withFlag(sched.CLONE_PIDFD, 'pidfd'),
    withFlag(sched.CLONE_CHILD_SETTID | sched.CLONE_CHILD_CLEARTID, 'child_tid'),
    withFlag(sched.CLONE_PARENT_SETTID, 'parent_tid'),
    `, exit_signal=${signal === 0 ? '0' : signalName(signal)}`,
    `, stack=${pointerOf(u64(view, CloneArgs.stack))}`,
    `, stack_size=${hexOf(u64(view, CloneArgs.stack_size))}`,
    withFlag(sched.CLONE_SETTLS, 'tls'),
  ];
  return `{${parts.join('')}}`;
};

/** The arguments, and behind an arrow what the kernel stored through them. */
export const clone3Argument: Show = {
  at: 'entry',
  text: (call, index) => structAt(call, call.address(index), CloneArgs.size, cloneText),
  after(call, index) {
    const view = call.failed ? undefined : call.bytes(call.address(index), CloneArgs.size);
    if (view === undefined) return '';
    const bits = u64(view, CloneArgs.flags);
    const stored = (flag: number, name: 'pidfd' | 'parent_tid'): string[] => {
      const int = (bits & flag) === 0 ? undefined : call.bytes(u64(view, CloneArgs[name]), 4);
      return int === undefined ? [] : [`${name}=[${i32(int, 0)}]`];
    };
    const parts = [...stored(sched.CLONE_PIDFD, 'pidfd'), ...stored(sched.CLONE_PARENT_SETTID, 'parent_tid')];
    return parts.length === 0 ? '' : ` => {${parts.join(', ')}}`;
  },
};

function cpusAt(call: CallView, address: number, lengthBytes: number): string {
  const view = call.bytes(address, Math.min(lengthBytes, 1024));
  if (view === undefined) return pointerOf(address);
  const cpus: number[] = [];
  for (let cpu = 0; cpu < view.byteLength * 8; cpu++) if ((view.getUint8(cpu >> 3) >> (cpu & 7)) & 1) cpus.push(cpu);
  return `[${cpus.join(' ')}]`;
}
export const cpuSetIn = entry((call, index) => cpusAt(call, call.address(index), call.address(1)));
export const cpuSetOut = exit((call, index) =>
  call.failed ? pointerOf(call.address(index)) : cpusAt(call, call.address(index), call.result!),
);

const priorityText: StructText = (view) => `[${i32(view, 0)}]`;
export const schedulingParameter = { in: given(4, priorityText), out: filled(4, priorityText) };

const capabilityVersions = {
  _LINUX_CAPABILITY_VERSION_1: 0x19980330,
  _LINUX_CAPABILITY_VERSION_2: 0x20071026,
  _LINUX_CAPABILITY_VERSION_3: 0x20080522,
};
export const capabilityHeader = given(8, (view) => {
  const version = choiceOf(u32(view, 0), capabilityVersions, '_LINUX_CAPABILITY_VERSION_???');
  return `{version=${version}, pid=${i32(view, 4)}}`;
});

/** Source: capabilities(7). */
export const capabilityNames: readonly string[] = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE ' +
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
)
  .split(' ')
  .map((name) => `CAP_${name}`);

function capabilitySet(low: number, high: number): string {
  const set = (BigInt(high) << 32n) | BigInt(low);
  if (set === 0n) return '0';
  const names = capabilityNames.map((name, bit) => [name, 1n << BigInt(bit)] as const);
  const known = names.filter(([, bit]) => (set & bit) !== 0n);
  const rest = known.reduce((left, [, bit]) => left & ~bit, set);
  const parts = known.map(([name]) => `1<<${name}`);
  if (rest !== 0n) parts.push(`0x${rest.toString(16)}`);
  return parts.join('|');
}
/** Version 3 has two rows of three words: effective, permitted, inheritable. */
const capabilityText: StructText = (view) => {
  const names = ['effective', 'permitted', 'inheritable'];
  const sets = names.map((name, i) => `${name}=${capabilitySet(u32(view, 4 * i), u32(view, 12 + 4 * i))}`);
  return `{${sets.join(', ')}}`;
};
export const capabilityData = { in: given(24, capabilityText), out: filled(24, capabilityText) };

const notifyNames = { SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD, SIGEV_THREAD_ID };
export const sigeventIn = given(64, (view) => {
  const notify = i32(view, 12);
  const signals = notify === SIGEV_SIGNAL || notify === SIGEV_THREAD_ID;
  const signal = signals ? signalName(i32(view, 8)) : String(i32(view, 8));
  const thread = notify === SIGEV_THREAD_ID ? `, sigev_notify_thread_id=${i32(view, 16)}` : '';
  const value =
    u64(view, 0) === 0 ? '' : `sigev_value={sival_int=${i32(view, 0)}, sival_ptr=${pointerOf(u64(view, 0))}}, `;
  return `{${value}sigev_signo=${signal}, sigev_notify=${choiceOf(notify, notifyNames, 'SIGEV_???')}${thread}}`;
});
