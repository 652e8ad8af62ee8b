/** x87 arithmetic, comparison and transcendental instructions. Source: SDM vol. 1, 8.3.3–8.3.8. */
import { Rflags } from '../../state-layout.ts';
import type { Instruction } from '../../x86/instruction.ts';
import type { HelperMachine } from '../helpers.ts';
import {
  Order,
  add,
  compare,
  div,
  exactly,
  extract,
  mul,
  remainder,
  roundToIntegral,
  scale,
  sqrt,
  sub,
} from './arithmetic.ts';
import { INDEFINITE, Kind, ONE, isNan, kindOf, negate, withSign, zero, type Float80 } from './float80.ts';
import { Status, type Fpu } from './fpu.ts';
import { sourceOf, stackIndex, type Source } from './operands.ts';
import type { Control, Result } from './rounding.ts';
import { f2xm1, fpatan, fyl2x, fyl2xp1, trigonometry, type Angles } from './transcendental.ts';

export type X87 = (fpu: Fpu, instruction: Instruction, machine: HelperMachine) => void;

type Binary = (a: Float80, b: Float80, control: Control) => Result;

function isMissing(fpu: Fpu, source: Source): boolean {
  return 'register' in source && fpu.isEmpty(source.register);
}

function valueOf(fpu: Fpu, source: Source): Float80 {
  return 'register' in source ? fpu.get(source.register) : source.value;
}

interface BinaryForm {
  readonly order: 'straight' | 'reversed';
  readonly memory: 'float' | 'integer';
  readonly pops: 0 | 1;
}

/** destination = destination op source, or source op destination; one operand in memory means ST(0). */
function binary(operation: Binary, form: BinaryForm): X87 {
  return (fpu, instruction, machine) => {
    const source = sourceOf(machine, instruction, form.memory);
    const target = instruction.operands.length < 2 ? 0 : stackIndex(instruction.operands[0]!);
    if (fpu.isEmpty(target) || isMissing(fpu, source)) {
      if (!fpu.stackUnderflow()) return;
      fpu.set(target, INDEFINITE);
    } else {
      const a = fpu.get(target);
      const b = valueOf(fpu, source);
      const result = form.order === 'straight' ? operation(a, b, fpu.control) : operation(b, a, fpu.control);
      if (!fpu.deliver(target, result)) return;
    }
    if (form.pops) fpu.pop();
  };
}

/** The six forms of the four operations: fadd faddp fiadd and so on. */
function arithmeticForms(): Record<string, X87> {
  const forms: Record<string, X87> = {};
  const operations: readonly (readonly [string, Binary])[] = [
    ['add', add],
    ['mul', mul],
    ['sub', sub],
    ['div', div],
  ];
  for (const [name, operation] of operations) {
    for (const order of ['straight', 'reversed'] as const) {
      if (order === 'reversed' && (name === 'add' || name === 'mul')) continue;
      const stem = order === 'reversed' ? `${name}r` : name;
      forms[`f${stem}`] = binary(operation, { order, memory: 'float', pops: 0 });
      forms[`f${stem}p`] = binary(operation, { order, memory: 'float', pops: 1 });
      forms[`fi${stem}`] = binary(operation, { order, memory: 'integer', pops: 0 });
    }
  }
  return forms;
}

/** ST(0) = f(ST(0)). */
function unary(operation: (a: Float80, control: Control) => Result): X87 {
  return (fpu) => {
    if (!fpu.isEmpty(0)) return void fpu.deliver(0, operation(fpu.get(0), fpu.control));
    if (fpu.stackUnderflow()) fpu.set(0, INDEFINITE);
  };
}

/** ST(1) = f(ST(0), ST(1)), then pop. */
function combining(operation: Binary): X87 {
  return (fpu) => {
    if (fpu.isEmpty(0) || fpu.isEmpty(1)) {
      if (!fpu.stackUnderflow()) return;
      fpu.set(1, INDEFINITE);
    } else if (!fpu.deliver(1, operation(fpu.get(0), fpu.get(1), fpu.control))) return;
    fpu.pop();
  };
}

function fscale(fpu: Fpu): void {
  if (!fpu.isEmpty(0) && !fpu.isEmpty(1)) {
    fpu.deliver(0, scale(fpu.get(0), fpu.get(1), fpu.control));
  } else if (fpu.stackUnderflow()) fpu.set(0, INDEFINITE);
}

/** C0 C3 C1 take bits 2 1 0 of the quotient; C2 says that the reduction is not complete. Without a quotient C0 and C3 stay. */
function partialRemainder(mode: 'truncate' | 'nearest'): X87 {
  return (fpu) => {
    if (fpu.isEmpty(0) || fpu.isEmpty(1)) {
      fpu.fsw &= ~Status.C2;
      if (fpu.stackUnderflow()) fpu.set(0, INDEFINITE);
      return;
    }
    const result = remainder(fpu.get(0), fpu.get(1), mode, fpu.control);
    const quotient = result.quotient ?? 0n;
    const bit = (index: bigint, flag: number) => ((quotient >> index) & 1n ? flag : 0);
    fpu.fsw &= ~Status.C2;
    if (!fpu.deliver(0, result) || result.quotient === undefined) return;
    const bits = bit(2n, Status.C0) | bit(1n, Status.C3) | bit(0n, Status.C1);
    fpu.setConditions(result.complete ? bits : Status.C2);
  };
}

/** Exponent in ST(0), then the significand pushed. */
function fxtract(fpu: Fpu): void {
  if (fpu.isEmpty(0) || !fpu.isEmpty(-1)) {
    const masked = fpu.isEmpty(0) ? fpu.stackUnderflow() : fpu.stackOverflow();
    if (!masked) return;
    fpu.set(0, INDEFINITE);
    return fpu.push(INDEFINITE);
  }
  const { exponent, significand, flags } = extract(fpu.get(0));
  if (fpu.deliver(0, exactly(exponent, flags))) fpu.push(significand);
}

// --- sign and class ----------------------------------------------------------------------------------------------------
/** fabs, fchs: the sign alone, of NaNs too. */
function signChange(change: (a: Float80) => Float80): X87 {
  return (fpu) => {
    if (!fpu.isEmpty(0)) return void fpu.deliver(0, exactly(change(fpu.get(0))));
    if (fpu.stackUnderflow()) fpu.set(0, INDEFINITE);
  };
}

/** C3 C2 C0 by class. Source: SDM vol. 2, FXAM. */
function classConditions(fpu: Fpu): number {
  if (fpu.isEmpty(0)) return Status.C3 | Status.C0;
  const kind = kindOf(fpu.get(0));
  if (isNan(kind)) return Status.C0;
  switch (kind) {
    case Kind.Normal:
      return Status.C2;
    case Kind.Infinity:
      return Status.C2 | Status.C0;
    case Kind.Zero:
      return Status.C3;
    case Kind.Denormal:
      return Status.C3 | Status.C2;
    default:
      return 0;
  }
}

function fxam(fpu: Fpu): void {
  fpu.setConditions(classConditions(fpu) | (fpu.get(0).sign ? Status.C1 : 0));
}

// --- comparison --------------------------------------------------------------------------------------------------------
interface ComparisonForm {
  readonly nans: 'quiet' | 'invalid';
  readonly memory: 'float' | 'integer';
  readonly pops: 0 | 1 | 2;
  readonly target: 'conditions' | 'flags';
}

const CONDITIONS: Readonly<Record<Order, number>> = {
  [Order.Less]: Status.C0,
  [Order.Equal]: Status.C3,
  [Order.Greater]: 0,
  [Order.Unordered]: Status.C3 | Status.C2 | Status.C0,
};

const FLAGS: Readonly<Record<Order, number>> = {
  [Order.Less]: Rflags.CF,
  [Order.Equal]: Rflags.ZF,
  [Order.Greater]: 0,
  [Order.Unordered]: Rflags.ZF | Rflags.PF | Rflags.CF,
};
const COMPARED = Rflags.ZF | Rflags.PF | Rflags.CF | Rflags.OF | Rflags.SF | Rflags.AF;

function report(fpu: Fpu, order: Order, target: 'conditions' | 'flags'): void {
  if (target === 'conditions') return fpu.setConditions(CONDITIONS[order]);
  fpu.state.rflags = (fpu.state.rflags & ~COMPARED) | FLAGS[order];
}

/** ST(0) against a source; unordered when a register is empty. */
function comparison(form: ComparisonForm): X87 {
  return (fpu, instruction, machine) => {
    const source = sourceOf(machine, instruction, form.memory);
    compareTo(fpu, source, form);
  };
}

function compareTo(fpu: Fpu, source: Source, form: ComparisonForm): void {
  let order: Order = Order.Unordered;
  if (fpu.isEmpty(0) || isMissing(fpu, source)) {
    if (!fpu.stackUnderflow()) return;
  } else {
    const result = compare(fpu.get(0), valueOf(fpu, source), form.nans);
    // A comparison to flags leaves C1 alone.
    if (form.target === 'flags') fpu.record(result.flags);
    else fpu.settle(result.flags, false);
    if (!fpu.delivers(result.flags)) return;
    order = result.order;
  }
  report(fpu, order, form.target);
  for (let i = 0; i < form.pops; i++) fpu.pop();
}

function ftst(fpu: Fpu): void {
  compareTo(fpu, { value: zero(0) }, { nans: 'invalid', memory: 'float', pops: 0, target: 'conditions' });
}

function comparisonForms(): Record<string, X87> {
  const toConditions = (nans: 'quiet' | 'invalid', pops: 0 | 1 | 2, memory: 'float' | 'integer' = 'float') =>
    comparison({ nans, pops, memory, target: 'conditions' });
  const toFlags = (nans: 'quiet' | 'invalid', pops: 0 | 1) =>
    comparison({ nans, pops, memory: 'float', target: 'flags' });
  return {
    fcom: toConditions('invalid', 0),
    fcomp: toConditions('invalid', 1),
    fcompp: toConditions('invalid', 2),
    fucom: toConditions('quiet', 0),
    fucomp: toConditions('quiet', 1),
    fucompp: toConditions('quiet', 2),
    ficom: toConditions('invalid', 0, 'integer'),
    ficomp: toConditions('invalid', 1, 'integer'),
    fcomi: toFlags('invalid', 0),
    fcomip: toFlags('invalid', 1),
    fucomi: toFlags('quiet', 0),
    fucomip: toFlags('quiet', 1),
    ftst,
    fxam,
  };
}

// --- angles ------------------------------------------------------------------------------------------------------------
/** fsin, fcos: C2 when the operand is too large, and nothing else happens. */
function angle(part: 'sine' | 'cosine'): X87 {
  return (fpu) => {
    if (fpu.isEmpty(0)) {
      fpu.fsw &= ~Status.C2;
      if (fpu.stackUnderflow()) fpu.set(0, INDEFINITE);
      return;
    }
    const angles = trigonometry(fpu.get(0), fpu.control);
    if (setOutOfRange(fpu, angles)) fpu.deliver(0, angles[part]);
  };
}

/** Sets or clears C2; whether there is a result. */
function setOutOfRange(fpu: Fpu, angles: Angles | undefined): angles is Angles {
  fpu.fsw = angles ? fpu.fsw & ~Status.C2 : (fpu.fsw & ~Status.C1) | Status.C2;
  return angles !== undefined;
}

/** fsincos and fptan: one result in ST(0), then another pushed. */
function twoAngles(first: 'sine' | 'tangent', second: 'cosine' | 'one'): X87 {
  return (fpu) => {
    if (fpu.isEmpty(0) || !fpu.isEmpty(-1)) {
      const masked = fpu.isEmpty(0) ? fpu.stackUnderflow() : fpu.stackOverflow();
      if (!masked) return;
      fpu.fsw &= ~Status.C2;
      fpu.set(0, INDEFINITE);
      return fpu.push(INDEFINITE);
    }
    const angles = trigonometry(fpu.get(0), fpu.control);
    if (!setOutOfRange(fpu, angles)) return;
    const lower = angles[first];
    if (!fpu.deliver(0, lower)) return;
    const isResult = kindOf(lower.value) <= Kind.Denormal;
    const upper = second === 'cosine' ? angles.cosine.value : isResult ? ONE : lower.value;
    fpu.push(upper);
  };
}

export const arithmeticInstructions: Readonly<Record<string, X87>> = {
  ...arithmeticForms(),
  ...comparisonForms(),
  fsqrt: unary(sqrt),
  frndint: unary(roundToIntegral),
  f2xm1: unary(f2xm1),
  fscale,
  fxtract,
  fprem: partialRemainder('truncate'),
  fprem1: partialRemainder('nearest'),
  fabs: signChange((a) => withSign(a, 0)),
  fchs: signChange(negate),
  fyl2x: combining(fyl2x),
  fyl2xp1: combining(fyl2xp1),
  fpatan: combining(fpatan),
  fsin: angle('sine'),
  fcos: angle('cosine'),
  fsincos: twoAngles('sine', 'cosine'),
  fptan: twoAngles('tangent', 'one'),
};
