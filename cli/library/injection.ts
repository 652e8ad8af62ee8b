/**
 * Faults in the words of strace: `SET[:error=ERRNO|:retval=N][:signal=SIG][:delay_enter=TIME][:delay_exit=TIME][:when=EXPR]`.
 * Source: strace(1), "Tampering".
 */
import type { CallDecision, CallHook } from '../../linuxabi/process/call-hook.ts';
import type { LinuxThread } from '../../linuxabi/process/thread.ts';
import { argumentError } from './guest-error.ts';
import { signalNumber, type SignalName } from './signal-name.ts';
import { decisionOf, type Verdict } from './verdict.ts';

/** Which calls are hit, counted from 1: FIRST[..LAST][+[STEP]]. */
interface Occasions {
  readonly first: number;
  readonly last: number;
  /** 0: only the first. */
  readonly step: number;
}

export interface Injection {
  /** The calls: see Interceptions. */
  readonly set: string;
  readonly decision: CallDecision;
  readonly occasions: Occasions;
}

const EVERY: Occasions = { first: 1, last: Infinity, step: 1 };
const MS_PER_UNIT: Readonly<Record<string, number>> = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 };

/** Throws with what is wrong with the expression. */
export function parseInjection(text: string): Injection {
  const [set = '', ...words] = text.replace(/^inject=/, '').split(':');
  let verdict: Verdict = {};
  let occasions = EVERY;
  for (const word of words) {
    const equals = word.indexOf('=');
    const [name, value] = [word.slice(0, Math.max(equals, 0)), word.slice(equals + 1)];
    if (name === 'when') occasions = parseOccasions(value);
    else verdict = { ...verdict, ...parseEffect(name, value, text) };
  }
  if (Object.keys(verdict).length === 0) throw argumentError(`inject ${text}: it says nothing that should happen`);
  return { set, decision: decisionOf(verdict), occasions };
}

function parseEffect(name: string, value: string, text: string): Verdict {
  switch (name) {
    case 'error':
      return { errno: /^\d+$/.test(value) ? Number(value) : value };
    case 'retval':
      if (/^(0x[\da-f]+|\d+)$/i.test(value)) return { result: Number(value) };
      throw argumentError(`inject ${text}: '${value}' is no number`);
    case 'signal':
      return { signal: parseSignal(value) };
    case 'delay_enter':
      return { delayMs: parseTimeMs(value) };
    case 'delay_exit':
      return { delayExitMs: parseTimeMs(value) };
    default:
      throw argumentError(`inject ${text}: it does not know '${name}'`);
  }
}

function parseSignal(value: string): number {
  if (/^\d+$/.test(value)) return signalNumber(Number(value));
  return signalNumber((value.startsWith('SIG') ? value : `SIG${value}`) as SignalName);
}

/** Microseconds where no unit is named. */
function parseTimeMs(value: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|ms|us|ns)?$/.exec(value);
  if (match === null) throw argumentError(`'${value}' is no time: a number, and s, ms, us or ns`);
  return Number(match[1]) * MS_PER_UNIT[match[2] ?? 'us']!;
}

function parseOccasions(value: string): Occasions {
  const match = /^(\d+)(?:\.\.(\d+))?(\+(\d*))?$/.exec(value);
  const first = Number(match?.[1]);
  const step = match?.[4] === undefined || match[4] === '' ? 1 : Number(match[4]);
  if (match === null || first < 1 || step < 1) throw argumentError(`when=${value}: expected FIRST[..LAST][+[STEP]]`);
  const isOpen = match[2] !== undefined || match[3] !== undefined;
  return { first, last: match[2] === undefined ? Infinity : Number(match[2]), step: isOpen ? step : 0 };
}

/** As strace does, each thread counts its own calls, each call by itself. */
export function injectorOf({ decision, occasions: { first, last, step } }: Injection): CallHook {
  const counts = new WeakMap<LinuxThread, Map<number, number>>();
  return (thread, number) => {
    let own = counts.get(thread);
    if (own === undefined) counts.set(thread, (own = new Map<number, number>()));
    const count = (own.get(number) ?? 0) + 1;
    own.set(number, count);
    const isHit = step === 0 ? count === first : count >= first && count <= last && (count - first) % step === 0;
    return isHit ? decision : 'allow';
  };
}
