/** Signals of the guest by name and number: Linux's on x86-64, on every host. Source: signal(7). */
import { _NSIG, signalName, signalNames } from '../../linuxabi/abi/signal.ts';
import { argumentError } from './guest-error.ts';

export type SignalName = keyof typeof signalNames;

/** A name, or a number where there is none (real-time signals). 0 only asks whether there is somebody to signal. */
export type SignalChoice = SignalName | number;

/** Throws ERR_UNKNOWN_SIGNAL. */
export function signalNumber(signal: SignalChoice): number {
  const number = typeof signal === 'number' ? signal : signalNames[signal];
  if (number === undefined || !Number.isInteger(number) || number < 0 || number > _NSIG)
    throw argumentError(`Unknown signal: ${signal}`, 'ERR_UNKNOWN_SIGNAL');
  return number;
}

/** What 'exit' tells: `SIGTERM`, or `SIGRT_3` for those without a name in JavaScript. */
export function nameOfSignal(number: number): string {
  return signalName(number);
}
