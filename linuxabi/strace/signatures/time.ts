/** Clocks, sleeps and timers. */
import { clockNames, itimerNames, timerFlagNames } from '../../abi/time.ts';
import * as s from '../show.ts';
import * as t from '../structs.ts';
import { rows } from '../signature.ts';
import type { Signatures } from '../signature.ts';
import { sigeventIn } from '../process-structs.ts';

/** What a sleep left over: filled only when a signal ended it. */
const remaining = s.exit((call, index) =>
  call.result === -516 || call.result === -4
    ? s.structAt(call, call.address(index), 16, t.timespecText)
    : s.pointerOf(call.address(index)),
);

export const timeSignatures: Signatures = {
  nanosleep: rows(t.timespecIn, remaining),
  clock_nanosleep: rows(s.choice(clockNames, 'CLOCK_???'), s.flags(timerFlagNames), t.timespecIn, remaining),
  clock_gettime: rows(s.choice(clockNames, 'CLOCK_???'), t.timespecOut),
  clock_getres: rows(s.choice(clockNames, 'CLOCK_???'), t.timespecOut),
  gettimeofday: rows(t.timevalOut, s.pointer),
  times: { shows: [t.tmsOut], result: (_call, result) => String(result) },
  getitimer: rows(s.choice(itimerNames, 'ITIMER_???'), t.itimervalOut),
  setitimer: rows(s.choice(itimerNames, 'ITIMER_???'), t.itimervalIn, t.itimervalOut),
  clock_settime: rows(s.choice(clockNames, 'CLOCK_???'), t.timespecIn),
  timer_create: rows(s.choice(clockNames, 'CLOCK_???'), sigeventIn, t.intOut),
  timer_settime: rows(s.dec, s.flags(timerFlagNames), t.itimerspecIn, t.itimerspecOut),
  timer_gettime: rows(s.dec, t.itimerspecOut),
};
