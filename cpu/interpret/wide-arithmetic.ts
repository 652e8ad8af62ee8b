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
export function addDivision(builder: ModuleBuilder, digit: number, kind: 'unsigned' | 'signed'): number {
  const code = new CodeWriter();
  const [high, low, divisor] = [1, 2, 3];
  const [signQuotient, signRemainder, shift] = [4, 5, 6];
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
  longDivision(code, digit, { high, low, divisor, shift });
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
  return builder.function(builder.type([i32, i64, i64, i64], [i32]), [i64, i64, i64, i64, i64], code);
}

/**
 * Afterwards low is the quotient, high the remainder. Two digits of 32 bits, with the divisor moved up so that its first bit is set.
 * Source: Knuth, TAOCP vol. 2, 4.3.1, algorithm D.
 */
function longDivision(
  code: CodeWriter,
  digit: number,
  { high, low, divisor, shift }: { high: number; low: number; divisor: number; shift: number },
): void {
  const [first, second] = [shift + 1, shift + 2];
  postfix(code, `$${divisor} clz =${shift} $${divisor} $${shift} shl =${divisor}`);
  // A shift by 64 is none: the bits that come up from `low` are shifted in two steps.
  postfix(
    code,
    `$${high} $${shift} shl $${low} 1 shr_u 63 $${shift} sub shr_u or =${high} $${low} $${shift} shl =${low}`,
  );
  const next = (into: number, part: string): void => {
    postfix(code, `$${high} ${part} $${divisor}`);
    code.call(digit);
    postfix(code, `=${into} $${high} 32 shl ${part} or $${into} $${divisor} mul sub =${high}`);
  };
  next(first, `$${low} 32 shr_u`);
  next(second, `$${low} 4294967295 and`);
  postfix(code, `$${first} 32 shl $${second} or =${low} $${high} $${shift} shr_u =${high}`);
}

/** digit(rest, next, divisor): floor of (rest × 2^32 + next) / divisor, where rest < divisor, next has 32 bits and the divisor's first bit is set. */
export function addQuotientDigit(builder: ModuleBuilder): number {
  const code = new CodeWriter();
  const [rest, next, divisor, quotient, remainder, top] = [0, 1, 2, 3, 4, 5];
  postfix(code, `$${divisor} 32 shr_u =${top}`);
  postfix(code, `$${rest} $${top} div_u =${quotient} $${rest} $${quotient} $${top} mul sub =${remainder}`);
  // The estimate is too large by two at most.
  const done = code.block();
  const again = code.loop();
  postfix(code, `$${quotient} 32 shr_u eqz`);
  postfix(code, `$${quotient} $${divisor} 4294967295 and mul $${remainder} 32 shl $${next} or le_u`);
  code.op(Op['i32.and']);
  code.brIf(done);
  postfix(code, `$${quotient} 1 sub =${quotient} $${remainder} $${top} add =${remainder}`);
  postfix(code, `$${remainder} 32 shr_u eqz`);
  code.brIf(again);
  code.end();
  code.end();
  code.localGet(quotient);
  return builder.function(builder.type([i64, i64, i64], [i64]), [i64, i64, i64], code);
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
