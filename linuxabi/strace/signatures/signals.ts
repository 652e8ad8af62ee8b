/** Signals. */
import { sigprocmaskNames, signalName } from '../../abi/signal.ts';
import * as s from '../show.ts';
import * as t from '../structs.ts';
import { rows } from '../signature.ts';
import type { Signatures } from '../signature.ts';
import { siginfoIn, siginfoOut } from '../siginfo-text.ts';

const signal = s.entry((call, index) => (call.int(index) === 0 ? '0' : signalName(call.int(index))));

/** The mask in the frame that the handler returns through. */
const SIGNAL_MASK_IN_CONTEXT = 296;
const restoredMask = s.entry((call) => {
  const view = call.bytes(call.thread.cpu.state.number(4) + SIGNAL_MASK_IN_CONTEXT, 8);
  return view === undefined ? '' : `{mask=${t.sigsetText(view, call)}}`;
});

export const signalSignatures: Signatures = {
  rt_sigaction: rows(signal, t.sigactionIn, t.sigactionOut, s.size),
  rt_sigprocmask: rows(s.choice(sigprocmaskNames, 'SIG_???'), t.sigsetIn, t.sigsetOut, s.size),
  rt_sigpending: rows(t.sigsetOut, s.size),
  rt_sigtimedwait: {
    shows: [t.sigsetIn, siginfoOut, t.timespecIn, s.size],
    result: (_call, result) => `${result} (${signalName(result)})`,
  },
  rt_sigqueueinfo: rows(s.dec, signal, siginfoIn),
  rt_tgsigqueueinfo: rows(s.dec, s.dec, signal, siginfoIn),
  rt_sigsuspend: rows(t.sigsetIn, s.size),
  rt_sigreturn: rows(restoredMask),
  sigaltstack: rows(t.stackIn, t.stackOut),
  kill: rows(s.dec, signal),
  tkill: rows(s.dec, signal),
  tgkill: rows(s.dec, s.dec, signal),
};
