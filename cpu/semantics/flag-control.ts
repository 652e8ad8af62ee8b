/** Direct work on flags: clc stc cmc cld std lahf sahf. Source: SDM vol. 2. */
import { Gpr } from '../state-layout.ts';
import { define, type Definitions } from './definition.ts';
import { bitAt } from './flags.ts';
import { Flag, type Ops } from './ops.ts';

function clc<V>(ops: Ops<V>): void {
  ops.setFlags({ c: () => ops.constant(32, 0) });
}

function stc<V>(ops: Ops<V>): void {
  ops.setFlags({ c: () => ops.constant(32, 1) });
}

function cmc<V>(ops: Ops<V>): void {
  const inverted = ops.xor(32, ops.flag(Flag.C), ops.constant(32, 1));
  ops.setFlags({ c: () => inverted });
}

function cld<V>(ops: Ops<V>): void {
  ops.setDirectionFlag(ops.constant(32, 0));
}

function std<V>(ops: Ops<V>): void {
  ops.setDirectionFlag(ops.constant(32, 1));
}

/** Flags in ah: bit number in RFLAGS, which is the same in ah. */
const AH_FLAGS = [
  [Flag.C, 0],
  [Flag.P, 2],
  [Flag.A, 4],
  [Flag.Z, 6],
  [Flag.S, 7],
] as const;

function lahf<V>(ops: Ops<V>): void {
  let image = ops.constant(32, 2);
  for (const [flag, bit] of AH_FLAGS) image = ops.or(32, image, ops.shl(32, ops.flag(flag), ops.constant(32, bit)));
  const high = ops.truncate(32, 16, ops.shl(32, image, ops.constant(32, 8)));
  const low = ops.and(16, ops.gpr(16, Gpr.rax), ops.constant(16, 0xff));
  ops.setGpr(16, Gpr.rax, ops.or(16, high, low));
}

function sahf<V>(ops: Ops<V>): void {
  const image = ops.gpr(16, Gpr.rax);
  const bit = (index: number) => () => bitAt(ops, 16, image, 8 + index);
  ops.setFlags({ c: bit(0), p: bit(2), a: bit(4), z: bit(6), s: bit(7) });
}

const AH_MASK = Flag.C | Flag.P | Flag.A | Flag.Z | Flag.S;

export const flagControl: Definitions = {
  clc: define(clc, { flagsWritten: Flag.C }),
  stc: define(stc, { flagsWritten: Flag.C }),
  cmc: define(cmc, { flagsRead: Flag.C, flagsWritten: Flag.C }),
  cld: define(cld),
  std: define(std),
  lahf: define(lahf, { flagsRead: AH_MASK }),
  sahf: define(sahf, { flagsWritten: AH_MASK }),
};
