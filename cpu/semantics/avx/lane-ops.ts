/**
 * One 128-bit half of an AVX instruction, seen by the SSE definition of the same operation: the operation set of a back end in which some
 * operands stand for others. The SSE definition reads its destination and gets the first source; it reads and
 * writes XMM registers and means this half of YMM registers.
 */
import type { Operand } from '../../x86/instruction.ts';
import { ForwardingOps } from '../forwarding-ops.ts';
import type { Ops } from '../ops.ts';

/** What an operand of the SSE form stands for. */
export interface Stand<V> {
  read(half: Half): V;
  write?(half: Half, value: V): void;
}

export type Half = 0 | 1;

export class LaneOps<V> extends ForwardingOps<V> {
  readonly #half: Half;
  readonly #stands: ReadonlyMap<Operand, Stand<V>>;

  constructor(ops: Ops<V>, half: Half, stands: ReadonlyMap<Operand, Stand<V>>) {
    super(ops);
    this.#half = half;
    this.#stands = stands;
  }

  override read(operand: Operand): V {
    const stand = this.#stands.get(operand);
    return stand === undefined ? this.ops.read(operand) : stand.read(this.#half);
  }

  override write(operand: Operand, value: V): void {
    const stand = this.#stands.get(operand);
    if (stand === undefined) return this.ops.write(operand, value);
    if (stand.write === undefined) throw new Error('write to a source');
    stand.write(this.#half, value);
  }
}
