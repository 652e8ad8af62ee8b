/**
 * Writes the checks of addresses. What usually holds is tested first, at once: all bytes in one page below 4 GiB, aligned where that is asked for; then
 * this page's permissions. Bytes in two pages go the longer way.
 */
import { PAGE_SIZE } from '../address.ts';
import { leaveUnlessAllowed } from '../memory/page-check.ts';
import type { CodeWriter } from '../wasm/code-writer.ts';
import { Op } from '../wasm/opcode.ts';
import type { AddressCheck } from './ir.ts';

const HIGH_HALF = 0xffffffff_00000000n;
/** Address bits that are 0 in an aligned vector's address below 4 GiB. Such a vector is in one page. */
const MISALIGNED_OR_HIGH = HIGH_HALF | 15n;
const VECTOR_BYTES = 16;
/** Address bits that are below a limit where some bytes fit into one page below 4 GiB. */
const IN_PAGE_AND_HIGH = HIGH_HALF | BigInt(PAGE_SIZE - 1);

export class CheckWriter {
  readonly #code: CodeWriter;

  constructor(code: CodeWriter) {
    this.#code = code;
  }

  /** Goes to the label `leave` unless the check holds. `push` pushes the address (i64), any number of times. */
  write({ need, low, high, aligned }: AddressCheck, push: () => void, leave: number): void {
    const code = this.#code;
    const pushLow = () => this.#pushMoved(push, low);
    if (aligned) {
      push();
      code.i64Const(MISALIGNED_OR_HIGH);
      code.op(Op['i64.and']);
      code.i64Const(0);
      code.op(Op['i64.ne']);
      code.brIf(leave);
    }
    if (!aligned || low < 0 || high >= VECTOR_BYTES) this.#checkEnd(need, high - low, pushLow, leave);
    this.#checkPage(need, pushLow, leave);
  }

  /** That the byte `span` behind is in the same page, or in one that allows it. */
  #checkEnd(need: number, span: number, push: () => void, leave: number): void {
    const code = this.#code;
    const pushEnd = () => this.#pushMoved(push, span);
    push();
    code.i64Const(IN_PAGE_AND_HIGH);
    code.op(Op['i64.and']);
    code.i64Const(PAGE_SIZE - 1 - span);
    code.op(Op['i64.gt_u']);
    code.if();
    pushEnd();
    code.i64Const(32);
    code.op(Op['i64.shr_u']);
    code.i64Const(0);
    code.op(Op['i64.ne']);
    code.brIf(leave);
    this.#checkPage(need, pushEnd, leave);
    code.end();
  }

  #checkPage(need: number, push: () => void, leave: number): void {
    const code = this.#code;
    push();
    code.op(Op['i32.wrap_i64']);
    leaveUnlessAllowed(code, need, leave);
  }

  #pushMoved(push: () => void, offset: number): void {
    push();
    if (offset === 0) return;
    this.#code.i64Const(offset);
    this.#code.op(Op['i64.add']);
  }
}
