/**
 * What compiled code does for x87 instructions in the usual case, by mnemonic: operands, and the routine that does the work. Where a routine
 * refuses, the evaluator does the whole instruction, exactly and in every case (x87.ts). An instruction that is not here is always evaluated.
 */
import type { Instruction, MemoryOperand } from '../../../x86/instruction.ts';
import { operand } from '../../definition.ts';
import { Flag, type Ops, type Semantics, type Width } from '../../ops.ts';
import type { Routine } from '../../routine.ts';
import { INTEGER_BIT, BIAS, type Float80 } from '../float80.ts';
import { Status } from '../fpu.ts';
import { isMemory } from '../operands.ts';
import { Rounding } from '../rounding.ts';
import { IRRATIONALS, roundIrrational } from '../transfer-instructions.ts';
import {
  OPERATION_NAMES,
  arithmeticRoutines,
  binaryRoutines,
  integralOfTop,
  rootOfTop,
  type BinaryRoutines,
} from './arithmetic-routines.ts';
import {
  Compared,
  compareMemory,
  compareStack,
  compareToFlags,
  comparisonRoutines,
  testTop,
} from './comparison-routines.ts';
import { exponentRoutines, extractTop, partialRemainder, scaleTop } from './exponent-routines.ts';
import type { MemoryKind } from './quickly.ts';
import * as stack from './stack-routines.ts';
import { finishStore, storeRoutines, toDouble, toExtended, toIntegers, toSingle, truncations } from './stores.ts';

export const x87Routines: readonly Routine[] = [
  ...arithmeticRoutines,
  ...comparisonRoutines,
  ...exponentRoutines,
  ...stack.stackRoutines,
  ...storeRoutines,
];

// --- calling -------------------------------------------------------------------------------------------------------------
/** Calls a routine; leaves to the evaluator where it refuses. Its answer. */
function call<V>(ops: Ops<V>, routine: Routine, args: readonly V[]): V {
  const answer = ops.routine(routine, args);
  ops.evaluateIf(ops.eq(32, answer, ops.constant(32, 0)));
  return answer;
}

function word<V>(ops: Ops<V>, value: number): V {
  return ops.constant(32, value);
}

/** Before an operand in memory is touched: a pending exception comes before its faults. */
function comeToMemory<V>(ops: Ops<V>): void {
  const summary = ops.and(32, ops.stateWord('fsw'), word(ops, Status.Summary));
  ops.evaluateIf(ops.ne(32, summary, word(ops, 0)));
}

/** Index of the last operand, a stack register; of ST(1) where none is written. */
function source<V>(ops: Ops<V>, instruction: Instruction): V {
  const last = instruction.operands.at(-1);
  return last === undefined ? word(ops, 1) : ops.stackIndex(last);
}

/** An integer or float in memory, extended to 64 bits. */
function loaded<V>(ops: Ops<V>, from: MemoryOperand, kind: MemoryKind): V {
  comeToMemory(ops);
  const width = from.width as Width;
  const value = ops.read(from);
  return kind === 'integer' ? ops.signExtend(width, 64, value) : ops.zeroExtend(width, 64, value);
}

function floatKind({ width }: MemoryOperand): MemoryKind {
  return width === 32 ? 'single' : 'double';
}

// --- families ------------------------------------------------------------------------------------------------------------
function binary(routines: BinaryRoutines, memory: 'float' | 'integer', pops: 0 | 1): Semantics {
  return (ops, instruction) => {
    const last = instruction.operands.at(-1);
    if (isMemory(last)) {
      const kind = memory === 'integer' ? 'integer' : floatKind(last);
      call(ops, routines[kind], [loaded(ops, last, kind), ops.here(), ops.linearAddress(last)]);
      return;
    }
    const target = ops.stackIndex(operand(instruction, 0));
    call(ops, routines.stack[pops], [target, source(ops, instruction), ops.here()]);
  };
}

function arithmetic(): Record<string, Semantics> {
  const semantics: Record<string, Semantics> = {};
  for (const name of OPERATION_NAMES) {
    semantics[`f${name}`] = binary(binaryRoutines[name], 'float', 0);
    semantics[`f${name}p`] = binary(binaryRoutines[name], 'float', 1);
    semantics[`fi${name}`] = binary(binaryRoutines[name], 'integer', 0);
  }
  return semantics;
}

function comparison(memory: 'float' | 'integer', pops: 0 | 1 | 2): Semantics {
  return (ops, instruction) => {
    const last = instruction.operands.at(-1);
    if (isMemory(last) && pops !== 2) {
      const kind = memory === 'integer' ? 'integer' : floatKind(last);
      call(ops, compareMemory[kind][pops], [loaded(ops, last, kind), ops.here(), ops.linearAddress(last)]);
    } else call(ops, compareStack[pops], [source(ops, instruction), ops.here()]);
  };
}

function comparisonToFlags(pops: 0 | 1): Semantics {
  return (ops, instruction) => {
    const answer = call(ops, compareToFlags[pops], [source(ops, instruction), ops.here()]);
    const none = word(ops, 0);
    ops.setFlags({
      c: () => ops.ne(32, ops.and(32, answer, word(ops, Compared.less)), none),
      z: () => ops.ne(32, ops.and(32, answer, word(ops, Compared.equal)), none),
      p: () => none,
      s: () => none,
      o: () => none,
      a: () => none,
    });
  };
}

/** Conditional moves by the flags of which one must be set, or none. */
function conditionalMove(flags: readonly number[], wanted: 'set' | 'clear'): Semantics {
  return (ops, instruction) => {
    const isSet = flags.map((flag) => ops.flag(flag)).reduce((a, b) => ops.or(32, a, b));
    const condition = wanted === 'set' ? isSet : ops.xor(32, isSet, word(ops, 1));
    call(ops, stack.moveIf, [source(ops, instruction), condition, ops.here()]);
  };
}

// --- loads and stores ----------------------------------------------------------------------------------------------------
const fld: Semantics = (ops, instruction) => {
  const from = operand(instruction, 0);
  if (!isMemory(from)) return void call(ops, stack.pushStack, [ops.stackIndex(from), ops.here()]);
  const address = ops.linearAddress(from);
  if (from.width !== 80) {
    const kind = floatKind(from);
    return void call(ops, stack.pushMemory[kind], [loaded(ops, from, kind), ops.here(), address]);
  }
  comeToMemory(ops);
  const significand = ops.load(64, address);
  const signExponent = ops.zeroExtend(16, 32, ops.load(16, ops.add(64, address, ops.constant(64, 8))));
  call(ops, stack.pushExtended, [significand, signExponent, ops.here(), address]);
};

const fild: Semantics = (ops, instruction) => {
  const from = operand(instruction, 0) as MemoryOperand;
  call(ops, stack.pushMemory.integer, [loaded(ops, from, 'integer'), ops.here(), ops.linearAddress(from)]);
};

function storing(conversions: Readonly<Record<number, Routine>>, pops: 0 | 1): Semantics {
  return (ops, instruction) => {
    const target = operand(instruction, 0) as MemoryOperand;
    const answer = call(ops, conversions[target.width]!, []);
    ops.write(target, ops.truncate(64, target.width as Width, ops.routineResult()));
    finish(ops, answer, pops, target);
  };
}

/** Never refused where the conversion was not. */
function finish<V>(ops: Ops<V>, answer: V, pops: 0 | 1, target: MemoryOperand): void {
  ops.routine(finishStore[pops], [answer, ops.here(), ops.linearAddress(target)]);
}

function storeExtended<V>(ops: Ops<V>, target: MemoryOperand): void {
  const answer = call(ops, toExtended, []);
  const significand = ops.routineResult();
  const address = ops.linearAddress(target);
  ops.probeWrite(target);
  ops.store(64, address, significand);
  const signExponent = ops.truncate(32, 16, ops.shr(32, answer, word(ops, 16)));
  ops.store(16, ops.add(64, address, ops.constant(64, 8)), signExponent);
  finish(ops, word(ops, 0), 1, target);
}

function fst(pops: 0 | 1): Semantics {
  const narrow = storing({ 32: toSingle, 64: toDouble }, pops);
  return (ops, instruction) => {
    const target = operand(instruction, 0);
    if (!isMemory(target)) call(ops, stack.copyTop[pops], [ops.stackIndex(target), ops.here()]);
    else if (target.width === 80) storeExtended(ops, target);
    else narrow(ops, instruction);
  };
}

function constant(value: Omit<Float80, 'sign'>): Semantics {
  return (ops) => {
    call(ops, stack.pushConstant, [ops.constant(64, value.significand), word(ops, value.exponent), ops.here()]);
  };
}

/** A constant that is kept with more bits. */
function irrational(fixed: bigint): Semantics {
  const { significand, exponent } = roundIrrational(fixed, Rounding.Nearest);
  return (ops) => {
    call(ops, stack.pushNearest, [ops.constant(64, significand), word(ops, exponent), ops.here()]);
  };
}

function irrationals(): Record<string, Semantics> {
  return Object.fromEntries(Object.entries(IRRATIONALS).map(([mnemonic, fixed]) => [mnemonic, irrational(fixed)]));
}

// --- the rest ------------------------------------------------------------------------------------------------------------
function onTop(routine: Routine): Semantics {
  return (ops) => void call(ops, routine, [ops.here()]);
}

function sign(mask: number, change: number): Semantics {
  return (ops) => void call(ops, stack.changeSign, [word(ops, mask), word(ops, change), ops.here()]);
}

function freeing(pops: 0 | 1): Semantics {
  return (ops, instruction) => void call(ops, stack.free[pops], [source(ops, instruction), ops.here()]);
}

function control(routine: Routine): Semantics {
  return (ops) => void call(ops, routine, []);
}

const fldcw: Semantics = (ops, instruction) => {
  comeToMemory(ops);
  call(ops, stack.loadControl, [ops.zeroExtend(16, 32, ops.read(operand(instruction, 0)))]);
};

export const quickSemantics: Readonly<Record<string, Semantics>> = {
  ...arithmetic(),
  fsqrt: onTop(rootOfTop),
  frndint: onTop(integralOfTop),
  fprem: onTop(partialRemainder),
  fscale: onTop(scaleTop),
  fxtract: onTop(extractTop),
  fcom: comparison('float', 0),
  fcomp: comparison('float', 1),
  fcompp: comparison('float', 2),
  fucom: comparison('float', 0),
  fucomp: comparison('float', 1),
  fucompp: comparison('float', 2),
  ficom: comparison('integer', 0),
  ficomp: comparison('integer', 1),
  fcomi: comparisonToFlags(0),
  fcomip: comparisonToFlags(1),
  fucomi: comparisonToFlags(0),
  fucomip: comparisonToFlags(1),
  ftst: onTop(testTop),
  fxam: onTop(stack.examine),
  fabs: sign(0x7fff, 0),
  fchs: sign(0xffff, 0x8000),
  fld,
  fild,
  fst: fst(0),
  fstp: fst(1),
  fist: storing(toIntegers, 0),
  fistp: storing(toIntegers, 1),
  fisttp: storing(truncations, 1),
  fld1: constant({ exponent: BIAS, significand: INTEGER_BIT }),
  fldz: constant({ exponent: 0, significand: 0n }),
  ...irrationals(),
  fxch: (ops, instruction) => void call(ops, stack.exchange, [source(ops, instruction), ops.here()]),
  fcmovb: conditionalMove([Flag.C], 'set'),
  fcmove: conditionalMove([Flag.Z], 'set'),
  fcmovbe: conditionalMove([Flag.C, Flag.Z], 'set'),
  fcmovu: conditionalMove([Flag.P], 'set'),
  fcmovnb: conditionalMove([Flag.C], 'clear'),
  fcmovne: conditionalMove([Flag.Z], 'clear'),
  fcmovnbe: conditionalMove([Flag.C, Flag.Z], 'clear'),
  fcmovnu: conditionalMove([Flag.P], 'clear'),
  fincstp: onTop(stack.turnUp),
  fdecstp: onTop(stack.turnDown),
  ffree: freeing(0),
  ffreep: freeing(1),
  fnop: onTop(stack.note),
  fwait: control(stack.wait),
  fldcw,
  fnclex: control(stack.clearExceptions),
  fninit: control(stack.initialize),
};
