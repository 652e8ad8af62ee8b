/**
 * Where each arithmetic flag comes from while a block is translated: the flag's local, or the update of an earlier
 * instruction, evaluated only when somebody asks. Two forms of a flag: `bool` (i32, 0 or 1) and `raw`, as kept in its slot
 * (state-layout.ts): Z, S and P as an i64 whose zeroness, sign or low byte counts.
 */
import { Flag, type FlagUpdate, type Width } from '../semantics/ops.ts';
import { Type } from '../wasm/opcode.ts';
import type { Node } from './ir.ts';
import { Slot, slotType } from './slots.ts';
import type { ValueOps } from './value-ops.ts';

export interface FlagSource {
  readonly bool: () => Node;
  readonly raw: () => Node;
  /** The update it belongs to, for fused conditions. */
  readonly update?: FlagUpdate<Node>;
}

/** By flag mask; absent: the flag's local. */
export type FlagSources = ReadonlyMap<number, FlagSource>;

export class FlagMaker {
  readonly #ops: ValueOps;
  readonly #register: (slot: number) => Node;

  /** `register` reads a flag's local. */
  constructor(ops: ValueOps, register: (slot: number) => Node) {
    this.#ops = ops;
    this.#register = register;
  }

  source(sources: FlagSources, flag: number): FlagSource {
    return sources.get(flag) ?? this.fromRaw(flag, () => this.#register(slotOf(flag)));
  }

  /** A flag whose raw form is at hand. */
  fromRaw(flag: number, raw: () => Node): FlagSource {
    const ops = this.#ops;
    const zero = ops.constant(64, 0);
    switch (flag) {
      case Flag.Z:
        return { raw, bool: () => ops.eq(64, raw(), zero) };
      case Flag.S:
        return { raw, bool: () => ops.ltSigned(64, raw(), zero) };
      case Flag.P:
        return { raw, bool: () => this.#parity(raw()) };
      default:
        return { raw, bool: raw };
    }
  }

  /** New sources after an update. */
  updated(sources: FlagSources, update: FlagUpdate<Node>): Map<number, FlagSource> {
    const next = new Map(sources);
    const { result } = update;
    if (result) {
      for (const flag of [Flag.Z, Flag.S, Flag.P])
        next.set(flag, this.#fromResult(flag, result.width, result.value, update));
    }
    const explicit = { [Flag.C]: update.c, [Flag.O]: update.o, [Flag.A]: update.a };
    for (const flag of [Flag.C, Flag.O, Flag.A]) {
      const made = explicit[flag];
      if (made) next.set(flag, { raw: made, bool: made, update });
    }
    const ops = this.#ops;
    const { z, s, p } = update;
    const wide = (value: Node) => ops.zeroExtend(32, 64, value);
    const notWide = (value: Node) => wide(ops.xor(32, value, ops.constant(32, 1)));
    if (z) next.set(Flag.Z, { bool: z, raw: () => notWide(z()), update });
    if (s) next.set(Flag.S, { bool: s, raw: () => ops.neg(64, wide(s())), update });
    if (p) next.set(Flag.P, { bool: p, raw: () => notWide(p()), update });
    return next;
  }

  /** A flag that is `yes` under a condition, else `no`. */
  selected(flag: number, condition: Node, yes: FlagSource, no: FlagSource): FlagSource {
    const width = slotType(slotOf(flag)) === Type.i64 ? 64 : 32;
    return {
      bool: () => this.#ops.select(32, condition, yes.bool(), no.bool()),
      raw: () => this.#ops.select(width, condition, yes.raw(), no.raw()),
    };
  }

  /** Condition code 0..15; one compare where a single cmp, sub or test made the flags. Source: SDM vol. 1, appendix B. */
  condition(sources: FlagSources, code: number): Node {
    const positive = this.#fused(sources, code >> 1) ?? this.#plain(sources, code >> 1);
    return code & 1 ? this.#ops.negated(positive) : positive;
  }

  #plain(sources: FlagSources, pair: number): Node {
    const ops = this.#ops;
    const flag = (mask: number) => this.source(sources, mask).bool();
    switch (pair) {
      case 0:
        return flag(Flag.O);
      case 1:
        return flag(Flag.C);
      case 2:
        return flag(Flag.Z);
      case 3:
        return ops.or(32, flag(Flag.C), flag(Flag.Z));
      case 4:
        return flag(Flag.S);
      case 5:
        return flag(Flag.P);
      case 6:
        return ops.xor(32, flag(Flag.S), flag(Flag.O));
      default:
        return ops.or(32, flag(Flag.Z), ops.xor(32, flag(Flag.S), flag(Flag.O)));
    }
  }

  #fused(sources: FlagSources, pair: number): Node | undefined {
    const flags = CONDITION_FLAGS[pair]!;
    const update = sources.get(flags[0]!)?.update;
    if (!update?.hint || flags.some((flag) => sources.get(flag)?.update !== update)) return undefined;
    const { kind, width, a, b } = update.hint;
    const ops = this.#ops;
    const zero = ops.constant(width, 0);
    // test: C and O are 0, so "below" never holds and "less" is the sign.
    const value = kind === 'and' ? (update.result?.value ?? ops.and(width, a, b)) : a;
    const against = kind === 'and' ? zero : b;
    switch (pair) {
      case 1:
        return kind === 'and' ? ops.constant(32, 0) : ops.ltUnsigned(width, a, b);
      case 2:
        return ops.eq(width, value, against);
      case 3:
        return kind === 'and' ? ops.eq(width, value, zero) : ops.negated(ops.ltUnsigned(width, b, a));
      case 4:
        return update.result ? ops.ltSigned(width, update.result.value, zero) : undefined;
      case 6:
        return ops.ltSigned(width, value, against);
      case 7:
        return ops.negated(ops.ltSigned(width, against, value));
      default:
        return undefined;
    }
  }

  #fromResult(flag: number, width: Width, value: Node, update: FlagUpdate<Node>): FlagSource {
    const ops = this.#ops;
    const zero = ops.constant(width, 0);
    const raw = () => ops.signExtend(width, 64, value);
    if (flag === Flag.Z) return { raw, update, bool: () => ops.eq(width, value, zero) };
    if (flag === Flag.S) return { raw, update, bool: () => ops.ltSigned(width, value, zero) };
    return { raw, update, bool: () => this.#parity(raw()) };
  }

  #parity(raw: Node): Node {
    const ops = this.#ops;
    const low = ops.and(32, ops.truncate(64, 32, raw), ops.constant(32, 0xff));
    return ops.negated(ops.and(32, ops.popcnt(32, low), ops.constant(32, 1)));
  }
}

const CONDITION_FLAGS: readonly (readonly number[])[] = [
  [Flag.O],
  [Flag.C],
  [Flag.Z],
  [Flag.C, Flag.Z],
  [Flag.S],
  [Flag.P],
  [Flag.S, Flag.O],
  [Flag.Z, Flag.S, Flag.O],
];

function slotOf(flag: number): number {
  switch (flag) {
    case Flag.Z:
      return Slot.zr;
    case Flag.S:
      return Slot.sr;
    case Flag.P:
      return Slot.pr;
    case Flag.C:
      return Slot.cf;
    case Flag.O:
      return Slot.of;
    default:
      return Slot.af;
  }
}

export const ALL_FLAG_MASKS = [Flag.Z, Flag.S, Flag.P, Flag.C, Flag.O, Flag.A] as const;
