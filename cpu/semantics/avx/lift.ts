/**
 * AVX instructions that do in each half what an SSE instruction does: the SSE definition runs once for each half, with the halves of the
 * AVX operands standing for its own (lane-ops.ts). Source: SDM vol. 2, the VEX forms.
 */
import {
  OperandKind,
  RegisterClass,
  type ImmediateOperand,
  type Instruction,
  type Operand,
} from '../../x86/instruction.ts';
import { operand, type Definition } from '../definition.ts';
import type { Ops, Semantics } from '../ops.ts';
import { fromScalar, shuffle } from '../simd/vector.ts';
import { clearHigh, isVectorRegister, isWide, readHalves } from './halves.ts';
import { LaneOps, type Half, type Stand } from './lane-ops.ts';

export interface LiftOptions {
  /** The first source is an operand of its own: three operands where SSE has two. */
  readonly sources: 'own' | 'destination';
  /** How many bits of the immediate each half has for itself; absent: both use all of it. */
  readonly immediateBits?: number;
  /** Bits of the last vector source for each half: less than 128 for those that widen. */
  readonly sourceBits?: 16 | 32 | 64;
  /** Sources that are the same for both halves: a shift count. */
  readonly shared?: 'lastSource';
  /** The results' low halves go together: conversions to narrower elements. */
  readonly result?: 'joined';
}

/** The definition for the VEX form of an SSE instruction. */
export function lift(sse: Definition, options: LiftOptions): Definition {
  const semantics: Semantics = (ops, instruction) => new Lifting(ops, instruction, options).run(sse.semantics);
  return { ...sse, semantics };
}

/** A VEX form of at most 128 bits with the operands of the SSE form. */
export function clearing(sse: Definition): Definition {
  const semantics: Semantics = (ops, instruction) => {
    sse.semantics(ops, instruction);
    clearHigh(ops, operand(instruction, 0));
  };
  return { ...sse, semantics };
}

/** An operand of the SSE form: it has no other meaning than what stands for it. */
function placeholder(index: number): Operand {
  return { kind: OperandKind.Register, class: RegisterClass.Xmm, index, width: 128 };
}

class Lifting<V> {
  readonly #ops: Ops<V>;
  readonly #instruction: Instruction;
  readonly #options: LiftOptions;
  readonly #stands = new Map<Operand, Stand<V>>();
  readonly #results: V[] = [];

  constructor(ops: Ops<V>, instruction: Instruction, options: LiftOptions) {
    this.#ops = ops;
    this.#instruction = instruction;
    this.#options = options;
  }

  run(semantics: Semantics): void {
    const ops = this.#ops;
    const { operands } = this.#instruction;
    const destination = operands[0]!;
    const sse = { ...this.#instruction, width: 128, operands: this.#sseOperands() };
    const halves: readonly Half[] = isWide(this.#instruction) ? [0, 1] : [0];
    for (const half of halves) semantics(new LaneOps(ops, half, this.#stands), sse);
    if (this.#options.result === 'joined' && halves.length === 2)
      ops.write(destination, shuffle(ops, 64, this.#results[0]!, this.#results[1]!, [0, 2]));
    if (halves.length === 1 || this.#options.result === 'joined') clearHigh(ops, destination);
  }

  #sseOperands(): Operand[] {
    const [destination, ...rest] = this.#instruction.operands as [Operand, ...Operand[]];
    const own = this.#options.sources === 'own' ? rest.shift()! : destination;
    return [this.#destination(destination, own), ...rest.map((source, i) => this.#source(source, i === 0))];
  }

  /** What the SSE form reads and writes as its first operand. */
  #destination(destination: Operand, first: Operand): Operand {
    if (!isVectorRegister(destination)) return destination;
    const ops = this.#ops;
    const stand = placeholder(0);
    this.#stands.set(stand, {
      read: (half) => (half === 0 ? ops.read(first) : ops.readHigh(first)),
      write: (half, value) => {
        if (this.#options.result === 'joined' && isWide(this.#instruction)) this.#results[half] = value;
        else if (half === 0) ops.write(destination, value);
        else ops.writeHigh(destination, value);
      },
    });
    return stand;
  }

  #source(source: Operand, isFirst: boolean): Operand {
    if (source.kind === OperandKind.Immediate) return this.#immediate(source);
    const isVector = isVectorRegister(source) || (source.kind === OperandKind.Memory && source.width >= 128);
    const widens = this.#options.sourceBits !== undefined && isFirst;
    if (!isVector && !widens) return source;
    const stand = placeholder(1);
    this.#stands.set(stand, { read: this.#reader(source, widens) });
    return stand;
  }

  /** Memory is read once, before anything is written. */
  #reader(source: Operand, widens: boolean): (half: Half) => V {
    const ops = this.#ops;
    if (widens) {
      const all = source.kind === OperandKind.Memory ? this.#narrowMemory(source) : ops.read(source);
      const bytes = this.#options.sourceBits! / 8;
      const picks = Array.from({ length: 16 }, (_, at) => (at + bytes) & 15);
      return (half) => (half === 0 ? all : shuffle(ops, 8, all, all, picks));
    }
    if (source.kind === OperandKind.Memory) {
      if (source.width === 128) {
        const loaded = ops.load(128, ops.linearAddress(source));
        return () => loaded;
      }
      const halves = readHalves(ops, source);
      return (half) => halves[half];
    }
    if (this.#options.shared === 'lastSource') {
      const all = ops.read(source);
      return () => all;
    }
    return (half) => (half === 0 ? ops.read(source) : ops.readHigh(source));
  }

  #narrowMemory(source: Operand & { kind: typeof OperandKind.Memory }): V {
    const ops = this.#ops;
    if (source.width === 128) return ops.load(128, ops.linearAddress(source));
    return fromScalar(ops, source.width as 16 | 32 | 64, ops.read(source));
  }

  #immediate(source: ImmediateOperand): Operand {
    const bits = this.#options.immediateBits;
    if (bits === undefined) return source;
    const ops = this.#ops;
    const all = ops.read(source);
    // A copy, so that it is told from the operand it stands for.
    const stand = { ...source };
    this.#stands.set(stand, { read: (half) => (half === 0 ? all : ops.shr(8, all, ops.constant(32, bits))) });
    return stand;
  }
}
