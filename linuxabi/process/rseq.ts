/**
 * Restartable sequences: a thread that is preempted, or takes a signal, in the middle of one goes on at its abort handler. Source: rseq(2);
 * kernel/rseq.c, rseq_syscall, rseq_get_rseq_cs, rseq_ip_fixup.
 */
import { USER_LIMIT, guestAddress } from '../../cpu/address.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import { GuestFault } from '../../cpu/memory/guest-memory.ts';
import { EBUSY, EINVAL, EPERM } from '../abi/errno.ts';
import { RSEQ_CPU_ID_UNINITIALIZED, RSEQ_FLAG_UNREGISTER, RSEQ_SIGNATURE_BYTES, rseq, rseq_cs } from '../abi/rseq.ts';
import { SIGSEGV } from '../abi/signal.ts';
import { readPointer } from '../guest-string.ts';
import { forceSignal } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import type { LinuxThread, RseqArea } from './thread.ts';

/** The alignment of the first version of struct rseq. */
const ALIGNMENT = 32;

export function registerRseq(
  thread: LinuxThread,
  address: GuestAddress,
  length: number,
  rseqFlags: number,
  signature: number,
): number {
  const known = thread.rseq;
  if ((rseqFlags & RSEQ_FLAG_UNREGISTER) !== 0) {
    if ((rseqFlags & ~RSEQ_FLAG_UNREGISTER) !== 0 || known === undefined || known.address !== address) return -EINVAL;
    if (known.length !== length) return -EINVAL;
    if (known.signature !== signature) return -EPERM;
    storeProcessor(thread, address, RSEQ_CPU_ID_UNINITIALIZED);
    thread.rseq = undefined;
    return 0;
  }
  if (rseqFlags !== 0) return -EINVAL;
  if (known !== undefined) {
    if (known.address !== address || known.length !== length) return -EINVAL;
    return known.signature === signature ? -EBUSY : -EPERM;
  }
  if (address % ALIGNMENT !== 0 || length < rseq.size) return -EINVAL;
  storeProcessor(thread, address, 0);
  thread.rseq = { address, length, signature };
  return 0;
}

/** There is one processor, in one node. */
function storeProcessor({ memory }: LinuxThread, address: number, cpuId: number): void {
  memory.writeU32(guestAddress(address + rseq.cpu_id_start), 0);
  memory.writeU32(guestAddress(address + rseq.cpu_id), cpuId);
  memory.writeU32(guestAddress(address + rseq.node_id), 0);
  memory.writeU32(guestAddress(address + rseq.mm_cid), 0);
}

/** Others have run, or a handler is about to: the thread's critical section, if it is in one, is over. A bad one ends in SIGSEGV. */
export function abortSequence(thread: LinuxThread): void {
  const { rseq: area } = thread;
  if (area === undefined) return;
  try {
    if (!goToHandler(thread, area)) forceSignal(thread, kernelSignal(SIGSEGV));
  } catch (failure) {
    if (!(failure instanceof GuestFault)) throw failure;
    forceSignal(thread, kernelSignal(SIGSEGV));
  }
}

/** False: the description of the section makes no sense. May throw GuestFault. */
function goToHandler(thread: LinuxThread, { address, signature }: RseqArea): boolean {
  const { memory, cpu } = thread;
  const pointer = guestAddress(address + rseq.rseq_cs);
  const section = readPointer(memory, pointer) as number;
  if (section === 0) return true;
  if (section >= USER_LIMIT) return false;
  const start = readPointer(memory, guestAddress(section + rseq_cs.start_ip)) as number;
  const length = readPointer(memory, guestAddress(section + rseq_cs.post_commit_offset)) as number;
  const handler = readPointer(memory, guestAddress(section + rseq_cs.abort_ip)) as number;
  if (memory.readU32(guestAddress(section + rseq_cs.version)) !== 0) return false;
  if (start >= USER_LIMIT || start + length >= USER_LIMIT || handler >= USER_LIMIT) return false;
  if (handler >= start && handler < start + length) return false;
  if (memory.readU32(guestAddress(handler - RSEQ_SIGNATURE_BYTES)) !== signature) return false;
  const { rip } = cpu.state;
  memory.writeU64(pointer, 0n);
  if (rip < start || rip >= start + length) return true;
  if (memory.readU32(guestAddress(section + rseq_cs.flags)) !== 0) return false;
  cpu.state.rip = handler;
  return true;
}
