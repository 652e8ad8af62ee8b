/** struct rusage in guest memory. Source: getrusage(2). */
import { guestAddress } from '../../cpu/address.ts';
import { RUSAGE_SIZE } from '../abi/resource.ts';
import { NS_PER_SECOND } from '../abi/time.ts';
import { writeBytes } from '../guest-string.ts';
import type { LinuxThread } from './thread.ts';
import type { Usage } from './usage.ts';

const NS_PER_MICROSECOND = 1000;
/** Indices of the longs of struct rusage. */
const Long = { utime: 0, stime: 2, maxrss: 4, minflt: 8, majflt: 9, nvcsw: 14, nivcsw: 15 } as const;

export function writeRusage(thread: LinuxThread, address: number, usage: Usage): void {
  const bytes = new Uint8Array(RUSAGE_SIZE);
  const view = new DataView(bytes.buffer);
  const set = (index: number, value: number): void => view.setBigInt64(index * 8, BigInt(Math.floor(value)), true);
  const setTime = (index: number, ns: number): void => {
    set(index, ns / NS_PER_SECOND);
    set(index + 1, (ns % NS_PER_SECOND) / NS_PER_MICROSECOND);
  };
  setTime(Long.utime, usage.userNs);
  setTime(Long.stime, usage.systemNs);
  set(Long.maxrss, usage.maxResidentKiB);
  set(Long.minflt, usage.minorFaults);
  set(Long.majflt, usage.majorFaults);
  set(Long.nvcsw, usage.voluntarySwitches);
  set(Long.nivcsw, usage.involuntarySwitches);
  writeBytes(thread.memory, guestAddress(address), bytes);
}
