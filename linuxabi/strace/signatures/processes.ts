/** Calls that make, end, await and arrange processes. */
import * as sched from '../../abi/sched.ts';
import { signalName } from '../../abi/signal.ts';
import * as fcntl from '../../abi/fcntl.ts';
import * as s from '../show.ts';
import type { Show } from '../show.ts';
import * as t from '../structs.ts';
import { rows } from '../signature.ts';
import type { Signatures } from '../signature.ts';
import { clone3Argument, cpuSetIn, cpuSetOut, schedulingParameter } from '../process-structs.ts';
import { siginfoOut } from '../siginfo-text.ts';

const CSIGNAL = 0xff;
const cloneFlags = s.entry((call) => {
  const bits = s.flagsOf(call.int(0) & ~CSIGNAL, sched.cloneNames, '');
  const ending = call.int(0) & CSIGNAL;
  const text = [bits, ending === 0 ? '' : signalName(ending)].filter(Boolean).join('|');
  return `flags=${text === '' ? '0' : text}`;
});
const cloneRest: Show = {
  at: 'exit',
  comma: 'own',
  text(call) {
    const bits = call.int(0);
    const parent = (bits & sched.CLONE_PARENT_SETTID) === 0 ? '' : `, parent_tid=${t.intOut.text(call, 2)}`;
    const tls = (bits & sched.CLONE_SETTLS) === 0 ? '' : `, tls=${s.hexOf(call.address(4))}`;
    const child = bits & (sched.CLONE_CHILD_SETTID | sched.CLONE_CHILD_CLEARTID);
    return `${parent}${tls}${child === 0 ? '' : `, child_tidptr=${s.pointerOf(call.address(3))}`}`;
  },
};

const atFlags = s.flags({ AT_SYMLINK_NOFOLLOW: fcntl.AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH: fcntl.AT_EMPTY_PATH });
const waitFlags = s.flags({
  WNOHANG: sched.WNOHANG,
  WSTOPPED: sched.WSTOPPED,
  WEXITED: sched.WEXITED,
  WCONTINUED: sched.WCONTINUED,
  WNOWAIT: sched.WNOWAIT,
  __WCLONE: sched.__WCLONE,
  __WALL: sched.__WALL,
  __WNOTHREAD: sched.__WNOTHREAD,
});

export const processSignatures: Signatures = {
  execve: rows(s.path, t.stringsIn, t.environmentIn),
  execveat: rows(s.dirfd, s.path, t.stringsIn, t.environmentIn, atFlags),
  clone: rows(
    s.entry((call) => `child_stack=${s.pointerOf(call.address(1))}`),
    cloneFlags,
    cloneRest,
  ),
  wait4: rows(s.dec, t.waitStatusOut, waitFlags, t.rusageOut),
  waitid: rows(s.choice(sched.idtypeNames, 'P_???'), s.dec, siginfoOut, waitFlags, t.rusageOut),
  clone3: rows(clone3Argument, s.size),
  sched_setaffinity: rows(s.dec, s.unsigned, cpuSetIn),
  sched_getaffinity: rows(s.dec, s.unsigned, cpuSetOut),
  sched_getparam: rows(s.dec, schedulingParameter.out),
  sched_setparam: rows(s.dec, schedulingParameter.in),
  sched_getscheduler: {
    shows: [s.dec],
    result: (_call, result) => `${result} (${s.choiceOf(result, sched.schedulerNames, 'SCHED_???')})`,
  },
  sched_setscheduler: rows(s.dec, s.choice(sched.schedulerNames, 'SCHED_???'), schedulingParameter.in),
  sched_rr_get_interval: rows(s.dec, t.timespecOut),
};
