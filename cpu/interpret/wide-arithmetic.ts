/** 128-bit arithmetic as Wasm functions: high half of a product, and division of 128 by 64 bits. */
import { State } from '../state-layout.ts';
import { CodeWriter } from '../wasm/code-writer.ts';
import type { ModuleBuilder } from '../wasm/module-builder.ts';
import { Op, Type } from '../wasm/opcode.ts';
import type { OpName } from '../wasm/opcode.ts';

const { i32, i64 } = Type;

/** Writes postfix Wasm: names of operations, numbers as i64 constants, `$n` as local.get n, `=n` as local.set n. */
function postfix(code: CodeWriter, text: string): void {
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    if (word.startsWith('$')) code.localGet(Number(word.slice(1)));
    else if (word.startsWith('=')) code.localSet(Number(word.slice(1)));
    else if (/^-?\d/.test(word)) code.i64Const(BigInt(word));
    else code.op(Op[`i64.${word}` as OpName]);
  }
}

/** mulHigh(a, b): the product of 32-bit halves, carried by hand. Source: Knuth, TAOCP vol. 2, 4.3.1, algorithm M. */
export function addMulHigh(builder: ModuleBuilder): number {
  const code = new CodeWriter();
  const low = '4294967295 and';
  const high = '32 shr_u';
  // 2 = low x low >> 32 + high(a) x low(b); 3 = low(2) + low(a) x high(b)
  postfix(code, `$0 ${low} $1 ${low} mul ${high} $0 ${high} $1 ${low} mul add =2`);
  postfix(code, `$2 ${low} $0 ${low} $1 ${high} mul add =3`);
  postfix(code, `$0 ${high} $1 ${high} mul $2 ${high} add $3 ${high} add`);
  return builder.function(builder.type([i64, i64], [i64]), [i64, i64], code);
}

/**
 * divide(state, high, low, divisor) → 1 when the quotient does not fit (or the divisor is 0), else 0 with the quotient
 * in State.scratch and the remainder after it.
 */
export function addDivision(builder: ModuleBuilder, kind: 'unsigned' | 'signed'): number {
  const code = new CodeWriter();
  const [high, low, divisor] = [1, 2, 3];
  const [count, signQuotient, signRemainder] = [4, 5, 6];
  if (kind === 'signed') {
    postfix(code, `$${high} 63 shr_s =${signRemainder}`);
    postfix(code, `$${divisor} 63 shr_s $${signRemainder} xor =${signQuotient}`);
    // |high:low| : complement and carry when negative
    postfix(code, `$${low} $${signRemainder} xor $${signRemainder} sub =${low}`);
    postfix(code, `$${high} $${signRemainder} xor =${high}`);
    postfix(code, `$${high} $${signRemainder} -1 eq`);
    code.op(Op['i64.extend_i32_u']);
    postfix(code, `$${low} eqz`);
    code.op(Op['i64.extend_i32_u']);
    postfix(code, `and add =${high}`);
    postfix(code, `$${divisor} $${divisor} 63 shr_s xor $${divisor} 63 shr_s sub =${divisor}`);
  }
  postfix(code, `$${high} $${divisor} ge_u`);
  returnOneIf(code);
  postfix(code, `$${high} eqz`);
  code.if();
  postfix(code, `$${low} $${divisor} rem_u =${high} $${low} $${divisor} div_u =${low}`);
  code.else();
  longDivision(code, { high, low, divisor, count });
  code.end();
  if (kind === 'signed') {
    // The quotient's magnitude must fit: below 2^63, or 2^63 itself when negative.
    postfix(code, `$${low} 9223372036854775807 $${signQuotient} sub gt_u`);
    returnOneIf(code);
    postfix(code, `$${low} $${signQuotient} xor $${signQuotient} sub =${low}`);
    postfix(code, `$${high} $${signRemainder} xor $${signRemainder} sub =${high}`);
  }
  storeScratch(code, 0, low);
  storeScratch(code, 8, high);
  code.i32Const(0);
  return builder.function(builder.type([i32, i64, i64, i64], [i32]), [i64, i64, i64], code);
}

/** Shift and subtract, 64 steps; afterwards low is the quotient, high the remainder. */
function longDivision(
  code: CodeWriter,
  { high, low, divisor, count }: { high: number; low: number; divisor: number; count: number },
): void {
  postfix(code, `64 =${count}`);
  const next = code.loop();
  // The bit shifted out of `high` means that the partial remainder exceeds any divisor.
  postfix(code, `$${high} 63 shr_u`);
  code.op(Op['i32.wrap_i64']);
  postfix(code, `$${high} 1 shl $${low} 63 shr_u or =${high} $${low} 1 shl =${low}`);
  postfix(code, `$${high} $${divisor} ge_u`);
  code.op(Op['i32.or']);
  code.if();
  postfix(code, `$${high} $${divisor} sub =${high} $${low} 1 or =${low}`);
  code.end();
  postfix(code, `$${count} 1 sub =${count} $${count} eqz`);
  code.op(Op['i32.eqz']);
  code.brIf(next);
  code.end();
}

function returnOneIf(code: CodeWriter): void {
  code.if();
  code.i32Const(1);
  code.op(Op.return);
  code.end();
}

function storeScratch(code: CodeWriter, offset: number, local: number): void {
  code.localGet(0);
  code.localGet(local);
  code.memory(Op['i64.store'], State.scratch + offset);
}
