/**
 * Many iterations of a repeated movs or stos at once: ascending, within one page of each operand, in place, leaving at least one iteration to the
 * instruction itself, whose checks and faults stay what they are. Does nothing when any of that does not hold, or for a few
 * bytes, which are quicker one by one.
 *
 * Registers change only at the end of the instruction. Should it leave after this, all is done once more: so source and destination must not overlap.
 */
import { PAGE_SIZE } from '../address.ts';
import { Access } from '../memory/guest-memory.ts';
import { leaveUnlessAllowed } from '../memory/page-check.ts';
import { State } from '../state-layout.ts';
import type { CodeWriter } from '../wasm/code-writer.ts';
import { Op, Type } from '../wasm/opcode.ts';
import type { BulkEffect, Node } from './ir.ts';
import type { Locals } from './locals.ts';

/** Fewer iterations are not worth a call of the host's fill or copy. */
const FEWEST = 8;

export class BulkWriter {
  readonly #code: CodeWriter;
  readonly #state: number;
  readonly #effect: BulkEffect;
  readonly #push: (node: Node) => void;
  readonly #shift: number;
  readonly #destination: number;
  readonly #source: number;
  readonly #count: number;
  readonly #size: number;

  constructor(code: CodeWriter, locals: Locals, effect: BulkEffect, push: (node: Node) => void) {
    this.#code = code;
    this.#state = locals.state;
    this.#effect = effect;
    this.#push = push;
    this.#shift = Math.log2(effect.elementBytes);
    this.#destination = locals.temporary(Type.i32);
    this.#source = locals.temporary(Type.i32);
    this.#count = locals.temporary(Type.i32);
    this.#size = locals.temporary(Type.i32);
    effect.node.local = locals.temporary(Type.i64);
  }

  /** Leaves the number of iterations done in the local of the effect's node. */
  write(): void {
    const code = this.#code;
    const { destination, source, value, node } = this.#effect;
    code.i64Const(0);
    code.localSet(node.local);
    const skip = code.block();
    code.localGet(this.#state);
    code.memory(Op['i32.load'], State.df);
    code.brIf(skip);
    this.#address(destination, this.#destination, Access.Write, skip);
    if (source) this.#address(source, this.#source, Access.Read, skip);
    this.#chooseCount(skip);
    if (value) this.#fill(value);
    else this.#move(skip);
    code.localGet(this.#count);
    code.op(Op['i64.extend_i32_u']);
    code.localSet(node.local);
    code.end();
  }

  #address(node: Node, local: number, access: Access, skip: number): void {
    const code = this.#code;
    this.#push(node);
    code.i64Const(32);
    code.op(Op['i64.shr_u']);
    code.op(Op['i32.wrap_i64']);
    code.brIf(skip);
    this.#push(node);
    code.op(Op['i32.wrap_i64']);
    code.localTee(local);
    leaveUnlessAllowed(code, access, skip);
  }

  /** The least of what fits into each page, and of the iterations wanted but one; then its size in bytes. */
  #chooseCount(skip: number): void {
    const code = this.#code;
    this.#pushRoom(this.#destination);
    code.localSet(this.#count);
    if (this.#effect.source) {
      this.#pushRoom(this.#source);
      code.localTee(this.#size);
      code.localGet(this.#count);
      code.localGet(this.#size);
      code.localGet(this.#count);
      code.op(Op['i32.lt_u']);
      code.op(Op.select);
      code.localSet(this.#count);
    }
    this.#push(this.#effect.count);
    code.i64Const(1);
    code.op(Op['i64.sub']);
    code.localGet(this.#count);
    code.op(Op['i64.extend_i32_u']);
    code.op(Op['i64.lt_u']);
    code.if();
    this.#push(this.#effect.count);
    code.op(Op['i32.wrap_i64']);
    code.i32Const(1);
    code.op(Op['i32.sub']);
    code.localSet(this.#count);
    code.end();
    code.localGet(this.#count);
    code.i32Const(FEWEST);
    code.op(Op['i32.lt_u']);
    code.brIf(skip);
    code.localGet(this.#count);
    code.i32Const(this.#shift);
    code.op(Op['i32.shl']);
    code.localSet(this.#size);
  }

  /** Whole elements between an address and the end of its page. */
  #pushRoom(address: number): void {
    const code = this.#code;
    code.i32Const(PAGE_SIZE);
    code.localGet(address);
    code.i32Const(PAGE_SIZE - 1);
    code.op(Op['i32.and']);
    code.op(Op['i32.sub']);
    code.i32Const(this.#shift);
    code.op(Op['i32.shr_u']);
  }

  #move(skip: number): void {
    const code = this.#code;
    const [to, from] = [this.#destination, this.#source];
    for (const [a, b] of [
      [to, from],
      [from, to],
    ] as const) {
      code.localGet(a);
      code.localGet(b);
      code.op(Op['i32.sub']);
      code.localGet(this.#size);
      code.op(Op['i32.lt_u']);
      code.brIf(skip);
    }
    code.localGet(to);
    code.localGet(from);
    code.localGet(this.#size);
    code.memoryCopy();
  }

  /** Bytes, and zeros of any width, by the host's fill; others element by element. */
  #fill(value: Node): void {
    const code = this.#code;
    const { elementBytes } = this.#effect;
    if (elementBytes === 1) {
      this.#fillBytes(value);
      return;
    }
    this.#pushElement(value);
    code.op(Op['i64.eqz']);
    code.if();
    this.#fillBytes(value);
    code.else();
    this.#fillElements(value);
    code.end();
  }

  /** The value's low bits, as many as an element has, where that matters for the test for zero. */
  #pushElement(value: Node): void {
    this.#push(value);
    const { elementBytes } = this.#effect;
    if (elementBytes === 8) return;
    this.#code.i64Const(2 ** (8 * elementBytes) - 1);
    this.#code.op(Op['i64.and']);
  }

  #fillBytes(value: Node): void {
    const code = this.#code;
    code.localGet(this.#destination);
    this.#push(value);
    code.op(Op['i32.wrap_i64']);
    code.localGet(this.#size);
    code.memoryFill();
  }

  #fillElements(value: Node): void {
    const code = this.#code;
    const [at, left] = [this.#source, this.#size];
    code.localGet(this.#destination);
    code.localSet(at);
    const next = code.loop();
    code.localGet(at);
    this.#push(value);
    code.memory(STORES[this.#effect.elementBytes]!);
    code.localGet(at);
    code.i32Const(this.#effect.elementBytes);
    code.op(Op['i32.add']);
    code.localSet(at);
    code.localGet(left);
    code.i32Const(this.#effect.elementBytes);
    code.op(Op['i32.sub']);
    code.localTee(left);
    code.brIf(next);
    code.end();
  }
}

const STORES: Readonly<Record<number, number>> = {
  2: Op['i64.store16'],
  4: Op['i64.store32'],
  8: Op['i64.store'],
};
