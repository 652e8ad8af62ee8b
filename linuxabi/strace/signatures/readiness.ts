/** Calls that ask or wait for readiness, and the descriptors made for that. */
import * as fcntl from '../../abi/fcntl.ts';
import { clockNames } from '../../abi/time.ts';
import * as s from '../show.ts';
import type { CallView } from '../show.ts';
import * as t from '../structs.ts';
import { rows } from '../signature.ts';
import type { Signatures } from '../signature.ts';
import { epollEventIn, epollEventsOut, epollOperation } from '../epoll.ts';

/** `left`: the text of what was left of the time, when there was a limit and something came before it. */
const timedOut =
  (text: (call: CallView) => string, left: (call: CallView) => string = () => '') =>
  (call: CallView, result: number) => {
    if (result === 0) return '0 (Timeout)';
    const rest = left(call);
    return `${result} (${text(call)}${rest === '' ? '' : `, left ${rest}`})`;
  };
const timeLeft =
  (index: number, text: s.StructText) =>
  (call: CallView): string =>
    call.address(index) === 0 ? '' : s.structAt(call, call.address(index), 16, text);

const fdSetIn = s.entry((call, index) => fdSet(call, index));
function fdSet(call: CallView, index: number): string {
  const address = call.address(index);
  const count = Math.min(call.int(0), 1024);
  const view = call.bytes(address, Math.ceil(count / 64) * 8);
  if (view === undefined) return s.pointerOf(address);
  const members: number[] = [];
  for (let fd = 0; fd < count; fd++) if ((view.getUint8(fd >> 3) >> (fd & 7)) & 1) members.push(fd);
  return `[${members.join(' ')}]`;
}
function selectResult(call: CallView): string {
  const parts = ['in', 'out', 'except'].flatMap((name, i) => {
    const set = call.address(i + 1) === 0 ? '[]' : fdSet(call, i + 1);
    return set === '[]' ? [] : [`${name} ${set}`];
  });
  return parts.join(', ');
}

export const readinessSignatures: Signatures = {
  poll: { shows: [t.pollfds, s.unsigned, s.dec], result: timedOut(t.pollResult) },
  ppoll: {
    shows: [t.pollfds, s.unsigned, t.timespecIn, t.sigsetIn, s.size],
    result: timedOut(t.pollResult, timeLeft(2, t.timespecText)),
  },
  select: {
    shows: [s.dec, fdSetIn, fdSetIn, fdSetIn, t.timevalIn],
    result: timedOut(selectResult, timeLeft(4, t.timevalText)),
  },
  pselect6: {
    shows: [
      s.dec,
      fdSetIn,
      fdSetIn,
      fdSetIn,
      t.timespecIn,
      s.given(16, (view, call) => {
        const mask = s.structAt(call, s.u64(view, 0), 8, t.sigsetText);
        return `{sigmask=${mask}, sigsetsize=${s.u64(view, 8)}}`;
      }),
    ],
    result: timedOut(selectResult, timeLeft(4, t.timespecText)),
  },
  epoll_create1: rows(s.flags({ EPOLL_CLOEXEC: fcntl.O_CLOEXEC })),
  epoll_ctl: rows(s.dec, epollOperation, s.dec, epollEventIn),
  epoll_wait: rows(s.dec, epollEventsOut, s.dec, s.dec),
  epoll_pwait: rows(s.dec, epollEventsOut, s.dec, s.dec, t.sigsetIn, s.size),
  epoll_pwait2: rows(s.dec, epollEventsOut, s.dec, t.timespecIn, t.sigsetIn, s.size),
  eventfd: rows(s.unsigned),
  eventfd2: rows(
    s.unsigned,
    s.flags({ EFD_SEMAPHORE: 1, EFD_CLOEXEC: fcntl.O_CLOEXEC, EFD_NONBLOCK: fcntl.O_NONBLOCK }),
  ),
  signalfd4: rows(s.dec, t.sigsetIn, s.size, s.flags({ SFD_CLOEXEC: fcntl.O_CLOEXEC, SFD_NONBLOCK: fcntl.O_NONBLOCK })),
  timerfd_create: rows(
    s.choice(clockNames, 'CLOCK_???'),
    s.flags({ TFD_CLOEXEC: fcntl.O_CLOEXEC, TFD_NONBLOCK: fcntl.O_NONBLOCK }),
  ),
  timerfd_settime: rows(
    s.dec,
    s.flags({ TFD_TIMER_ABSTIME: 1, TFD_TIMER_CANCEL_ON_SET: 2 }),
    t.itimerspecIn,
    t.itimerspecOut,
  ),
  timerfd_gettime: rows(s.dec, t.itimerspecOut),
};
