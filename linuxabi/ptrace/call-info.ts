/** PTRACE_GET_SYSCALL_INFO: which call the thread is stopped at. Source: kernel/ptrace.c, ptrace_get_syscall_info. */
import { Gpr } from '../../cpu/state-layout.ts';
import { MAX_ERRNO } from '../abi/errno.ts';
import {
  PTRACE_EVENTMSG_SYSCALL_ENTRY,
  PTRACE_EVENTMSG_SYSCALL_EXIT,
  PTRACE_EVENT_SECCOMP,
  PTRACE_SYSCALL_INFO_ENTRY,
  PTRACE_SYSCALL_INFO_EXIT,
  PTRACE_SYSCALL_INFO_SECCOMP,
  ptrace_syscall_info as layout,
} from '../abi/ptrace.ts';
import { AUDIT_ARCH_X86_64 } from '../abi/seccomp.ts';
import { SIGTRAP } from '../abi/signal.ts';
import { ARGUMENT_REGISTERS } from '../syscall.ts';
import type { Tracee } from './tracee.ts';

const SYSGOOD_CODE = SIGTRAP | 0x80;

/** The structure's bytes as far as they are filled. */
export function callInfo(tracee: Tracee): Uint8Array {
  const { state } = tracee.thread.cpu;
  const bytes = new Uint8Array(layout.size);
  const view = new DataView(bytes.buffer);
  const op = kindOf(tracee);
  bytes[layout.op] = op;
  view.setUint32(layout.arch, AUDIT_ARCH_X86_64, true);
  view.setBigUint64(layout.instruction_pointer, BigInt(state.rip), true);
  view.setBigUint64(layout.stack_pointer, state.gpr[Gpr.rsp]!, true);
  if (op === PTRACE_SYSCALL_INFO_EXIT) {
    const result = state.long(Gpr.rax);
    view.setBigUint64(layout.rval, state.gpr[Gpr.rax]!, true);
    bytes[layout.is_error] = result < 0 && result >= -MAX_ERRNO ? 1 : 0;
    return bytes.subarray(0, layout.sizeExit);
  }
  if (op === 0) return bytes.subarray(0, layout.sizeNone);
  view.setBigInt64(layout.nr, BigInt(tracee.thread.callNumber), true);
  ARGUMENT_REGISTERS.forEach((register, index) =>
    view.setBigUint64(layout.args + index * 8, state.gpr[register]!, true),
  );
  if (op === PTRACE_SYSCALL_INFO_ENTRY) return bytes.subarray(0, layout.sizeEntry);
  view.setUint32(layout.ret_data, tracee.message, true);
  return bytes.subarray(0, layout.sizeSeccomp);
}

function kindOf({ stop, message }: Tracee): number {
  const code = stop?.info?.code;
  if (code === (SIGTRAP | (PTRACE_EVENT_SECCOMP << 8))) return PTRACE_SYSCALL_INFO_SECCOMP;
  if (code !== SYSGOOD_CODE) return 0;
  if (message === PTRACE_EVENTMSG_SYSCALL_ENTRY) return PTRACE_SYSCALL_INFO_ENTRY;
  return message === PTRACE_EVENTMSG_SYSCALL_EXIT ? PTRACE_SYSCALL_INFO_EXIT : 0;
}
