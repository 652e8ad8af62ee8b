/** Calls on limits, names, randomness and the process's own settings; futexes. */
import * as futexAbi from '../../abi/futex.ts';
import { archPrctlNames, prctlNames } from '../../abi/prctl.ts';
import { rlimitNames, rusageNames } from '../../abi/resource.ts';
import { sock_fprog } from '../../abi/bpf.ts';
import * as seccomp from '../../abi/seccomp.ts';
import * as s from '../show.ts';
import type { Show } from '../show.ts';
import * as t from '../structs.ts';
import { rows } from '../signature.ts';
import type { Signatures } from '../signature.ts';
import { prctlArguments, prctlResult } from '../prctl.ts';
import { capabilityData, capabilityHeader, unsignedOut } from '../process-structs.ts';

const { FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME, FUTEX_CMD_MASK } = futexAbi;
const futexOperation = s.entry((call, index) => {
  const value = call.int(index);
  const name = s.nameOf(value & FUTEX_CMD_MASK, futexAbi.futexNames) ?? s.hexOf(value & FUTEX_CMD_MASK);
  const scope = (value & FUTEX_PRIVATE_FLAG) === 0 ? '' : '_PRIVATE';
  return `${name}${scope}${(value & FUTEX_CLOCK_REALTIME) === 0 ? '' : '|FUTEX_CLOCK_REALTIME'}`;
});
const FUTEX_WAKE_OP = 5;
const wakeOperations = ['FUTEX_OP_SET', 'FUTEX_OP_ADD', 'FUTEX_OP_OR', 'FUTEX_OP_ANDN', 'FUTEX_OP_XOR'];
const comparisons = ['EQ', 'NE', 'LT', 'LE', 'GT', 'GE'].map((name) => `FUTEX_OP_CMP_${name}`);
const OPERAND_IS_SHIFT = 8;
/** Source: futex(2), FUTEX_WAKE_OP. */
function wakeOperation(value: number): string {
  const operation = value >>> 28;
  const shift = (operation & OPERAND_IS_SHIFT) === 0 ? '' : 'FUTEX_OP_OPARG_SHIFT<<28|';
  const name = wakeOperations[operation & 7] ?? s.hexOf(operation & 7);
  const comparison = comparisons[(value >>> 24) & 15] ?? s.hexOf((value >>> 24) & 15);
  return `${shift}${name}<<28|${s.hexOf((value >>> 12) & 0xfff)}<<12|${comparison}<<24|${s.hexOf(value & 0xfff)}`;
}
const futexRest: Show = {
  at: 'entry',
  comma: 'own',
  text(call) {
    const command = call.int(1) & FUTEX_CMD_MASK;
    const timeout = (): string => t.timespecIn.text(call, 3);
    if (command === futexAbi.FUTEX_WAIT) return `, ${timeout()}`;
    const bits = call.int(5) === -1 ? 'FUTEX_BITSET_MATCH_ANY' : s.hexOf(call.int(5) >>> 0);
    if (command === futexAbi.FUTEX_WAIT_BITSET) return `, ${timeout()}, ${bits}`;
    if (command === futexAbi.FUTEX_WAKE_BITSET) return `, ${bits}`;
    if (command === futexAbi.FUTEX_REQUEUE) return `, ${call.int(3)}, ${s.pointerOf(call.address(4))}`;
    if (command === futexAbi.FUTEX_CMP_REQUEUE)
      return `, ${call.int(3)}, ${s.pointerOf(call.address(4))}, ${call.int(5)}`;
    if (command === FUTEX_WAKE_OP)
      return `, ${call.int(3) >>> 0}, ${s.pointerOf(call.address(4))}, ${wakeOperation(call.int(5))}`;
    return '';
  },
};

const filterProgram = s.given(
  sock_fprog.size,
  (view) =>
    `{len=${view.getUint16(sock_fprog.len, true)}, filter=${s.pointerOf(Number(view.getBigUint64(sock_fprog.filter, true)))}}`,
);
const seccompFlags = s.entry((call, index) =>
  call.int(0) === seccomp.SECCOMP_SET_MODE_FILTER
    ? s.flags(seccomp.seccompFilterFlagNames).text(call, index)
    : s.hexOf(call.address(index)),
);
const seccompArgument = s.entry((call, index) =>
  call.int(0) === seccomp.SECCOMP_SET_MODE_FILTER ? filterProgram.text(call, index) : s.pointerOf(call.address(index)),
);

export const systemSignatures: Signatures = {
  arch_prctl: rows(s.choice(archPrctlNames), s.pointer),
  prctl: { shows: [s.choice(prctlNames, 'PR_???'), prctlArguments], result: prctlResult },
  seccomp: rows(s.choice(seccomp.seccompOperationNames, 'SECCOMP_???'), seccompFlags, seccompArgument),
  rseq: rows(s.pointer, s.hex, s.dec, s.hex),
  set_robust_list: rows(s.pointer, s.size),
  futex: rows(s.pointer, futexOperation, s.unsigned, futexRest),
  prlimit64: rows(s.dec, s.choice(rlimitNames, 'RLIMIT_???'), t.rlimitIn, t.rlimitOut),
  getrlimit: rows(s.choice(rlimitNames, 'RLIMIT_???'), t.rlimitOut),
  setrlimit: rows(s.choice(rlimitNames, 'RLIMIT_???'), t.rlimitIn),
  getrusage: rows(s.choice(rusageNames, 'RUSAGE_???'), t.rusageOut),
  sysinfo: rows(t.sysinfoOut),
  getcpu: rows(unsignedOut, unsignedOut, s.pointer),
  get_robust_list: rows(
    s.dec,
    s.filled(8, (view) => `[${s.pointerOf(s.u64(view, 0))}]`),
    s.filled(8, (view) => `[${s.u64(view, 0)}]`),
  ),
  capget: rows(capabilityHeader, capabilityData.out),
  capset: rows(capabilityHeader, capabilityData.in),
  uname: rows(t.utsnameOut),
  getrandom: rows(
    s.randomOutput,
    s.size,
    s.flags({ GRND_NONBLOCK: 1, GRND_RANDOM: 2, GRND_INSECURE: 4 }, '0', 'GRND_???'),
  ),
  sethostname: rows(s.input, s.size),
  getresuid: rows(t.intOut, t.intOut, t.intOut),
  getresgid: rows(t.intOut, t.intOut, t.intOut),
};
