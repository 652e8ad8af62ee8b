/** prctl's arguments and results, which depend on its first argument. Source: prctl(2). */
import * as abi from '../abi/prctl.ts';
import { signalName } from '../abi/signal.ts';
import { capabilityNames } from './process-structs.ts';
import { hexOf, i32, pointerOf, stringAt } from './show.ts';
import type { CallView, Show } from './show.ts';

const dumpableNames = ['SUID_DUMP_DISABLE', 'SUID_DUMP_USER', 'SUID_DUMP_ROOT'];

type Arguments = (call: CallView) => string;
const nothing: Arguments = () => '';
const name: Arguments = (call) => `, ${stringAt(call, call.address(1))}`;
const numbers =
  (count: number): Arguments =>
  (call) =>
    call.values
      .slice(1, 1 + count)
      .map((value) => `, ${value}`)
      .join('');
const anInt =
  (text: (value: number) => string): Arguments =>
  (call) => {
    const view = call.failed ? undefined : call.bytes(call.address(1), 4);
    return `, ${view === undefined ? pointerOf(call.address(1)) : `[${text(i32(view, 0))}]`}`;
  };
const capability: Arguments = (call) => `, ${capabilityNames[call.address(1)] ?? hexOf(call.address(1))}`;
const signalText = (signal: number): string => (signal === 0 ? '0' : signalName(signal));

const argumentsOf: Readonly<Record<number, Arguments>> = {
  [abi.PR_SET_NAME]: name,
  [abi.PR_GET_NAME]: name,
  [abi.PR_SET_PDEATHSIG]: (call) => `, ${signalText(call.int(1))}`,
  [abi.PR_GET_PDEATHSIG]: anInt(signalText),
  [abi.PR_GET_CHILD_SUBREAPER]: anInt(String),
  [abi.PR_GET_DUMPABLE]: nothing,
  [abi.PR_GET_KEEPCAPS]: nothing,
  [abi.PR_GET_SECUREBITS]: nothing,
  [abi.PR_GET_TIMERSLACK]: nothing,
  [abi.PR_GET_SECCOMP]: nothing,
  [abi.PR_SET_DUMPABLE]: (call) => `, ${dumpableNames[call.address(1)] ?? hexOf(call.address(1))}`,
  [abi.PR_SET_KEEPCAPS]: numbers(1),
  [abi.PR_SET_TIMERSLACK]: numbers(1),
  [abi.PR_SET_CHILD_SUBREAPER]: numbers(1),
  [abi.PR_SET_NO_NEW_PRIVS]: numbers(4),
  [abi.PR_GET_NO_NEW_PRIVS]: numbers(4),
  [abi.PR_SET_THP_DISABLE]: numbers(4),
  [abi.PR_GET_THP_DISABLE]: numbers(4),
  [abi.PR_CAPBSET_READ]: capability,
  [abi.PR_CAPBSET_DROP]: capability,
};

/** What follows the option. One that is not known has four arguments. */
export const prctlArguments: Show = {
  at: 'exit',
  comma: 'own',
  text(call) {
    const known = argumentsOf[call.int(0)];
    if (known !== undefined) return known(call);
    return call.values
      .slice(1, 5)
      .map((value) => `, ${hexOf(value)}`)
      .join('');
  },
};

export function prctlResult(call: CallView, result: number): string {
  const dumpable = call.int(0) === abi.PR_GET_DUMPABLE ? dumpableNames[result] : undefined;
  return dumpable === undefined ? String(result) : `${result} (${dumpable})`;
}
