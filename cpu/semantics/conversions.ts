/** Sign extension within rax and into rdx: cbw cwde cdqe cwd cdq cqo. Source: SDM vol. 2. */
import { Gpr } from '../state-layout.ts';
import { define, type Definitions } from './definition.ts';
import type { Ops, Semantics, Width } from './ops.ts';

/** rax: its lower half, sign-extended. */
function widen(to: Width): Semantics {
  const from = (to / 2) as Width;
  return <V>(ops: Ops<V>): void => {
    ops.setGpr(to, Gpr.rax, ops.signExtend(from, to, ops.gpr(from, Gpr.rax)));
  };
}

/** rdx: the sign of rax in every bit. */
function spread(w: Width): Semantics {
  return <V>(ops: Ops<V>): void => {
    ops.setGpr(w, Gpr.rdx, ops.sar(w, ops.gpr(w, Gpr.rax), ops.constant(32, w - 1)));
  };
}

export const conversions: Definitions = {
  cbw: define(widen(16)),
  cwde: define(widen(32)),
  cdqe: define(widen(64)),
  cwd: define(spread(16)),
  cdq: define(spread(32)),
  cqo: define(spread(64)),
};
