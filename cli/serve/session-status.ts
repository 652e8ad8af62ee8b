/** The end of a program as the exit status of the command that waited for it. */
import { jsonOf } from '../control/frames.ts';
import { isRecord } from '../control/protocol.ts';
import { signalNumber, type SignalName } from '../library/signal-name.ts';

export const MACHINE_ENDED = 125;
const SIGNAL_BASE = 128;

/** Payload of an Exited or Ended frame → status, or 128 + signal. */
export function statusIn(payload: Uint8Array): number {
  const end = jsonOf(payload);
  if (!isRecord(end)) return MACHINE_ENDED;
  return statusOf(end);
}

/** Status, or 128 + signal; 0 when it says neither. */
export function statusOf({ status, signal }: { readonly status?: unknown; readonly signal?: unknown }): number {
  if (typeof signal === 'string') return SIGNAL_BASE + signalOf(signal);
  return typeof status === 'number' ? status : 0;
}

/** Of `SIGRT_3` and the like there is no name in the table. */
function signalOf(name: string): number {
  const realTime = /^SIGRT(?:MIN$|_)(\d*)/.exec(name);
  return realTime === null ? signalNumber(name as SignalName) : 34 + Number(realTime[1] ?? 0);
}
