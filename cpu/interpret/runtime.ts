/**
 * The fixed functions of the interpreter module: entry, dispatch of jumps, leaving, wide arithmetic, bulk string
 * operations. Handlers tail-call them; all of type (state, pc or rip, fuel) → Exit code are such tails.
 */
import { Exit } from '../exit.ts';
import { State } from '../state-layout.ts';
import { CodeWriter } from '../wasm/code-writer.ts';
import type { ModuleBuilder } from '../wasm/module-builder.ts';
import { Op, Type } from '../wasm/opcode.ts';
import { addBulk } from './bulk-strings.ts';
import { FUEL, PC, STATE } from './handler-writer.ts';
import type { Runtime } from './handler-writer.ts';
import {
  FixedHandler,
  HASH_BITS,
  HASH_BUCKETS,
  HASH_TABLE,
  RECENT_BITS,
  RECENT_TARGETS,
  RecordField,
} from './record.ts';
import { addDivision, addMulHigh, addQuotientDigit } from './wide-arithmetic.ts';

const { i32, i64 } = Type;

/** Arrivals that a departure from a region counts for: who leaves one searched for the next in vain. */
const DEPARTURE_HEAT = 4;

/** Indices of the functions behind the fixed handlers, and of the entry. */
export interface RuntimeFunctions extends Omit<Runtime, 'routines'> {
  readonly enter: number;
  readonly stale: number;
  readonly region: number;
  readonly link: number;
}

export function addRuntime(builder: ModuleBuilder): RuntimeFunctions {
  const handlerType = builder.type([i32, i32, i32], [i32]);
  const slowType = builder.type([i32, i32, i32, i32], [i32]);
  const slowLoad = builder.importFunction('k42', 'slowLoad', slowType);
  const slowStore = builder.importFunction('k42', 'slowStore', slowType);
  const slowProbe = builder.importFunction('k42', 'slowProbe', slowType);
  const enterRegion = builder.importFunction('k42', 'enterRegion', builder.type([i32, i32], [i32]));
  builder.importSharedMemory('k42', 'memory', { min: 64, max: 65536 });
  const lookup = addLookup(builder);
  const find = addFind(builder, lookup);
  const leave = (exit: number): number => addLeave(builder, handlerType, exit);
  const arrive = addArrive(builder, handlerType, 'count');
  const digit = addQuotientDigit(builder);
  const follow = addFollow(builder, handlerType, lookup, arrive);
  return {
    handlerType,
    slowLoad,
    slowStore,
    slowProbe,
    leaveTrap: leave(Exit.Trap),
    stale: leave(Exit.Continue),
    evaluate: leave(Exit.Single),
    region: addRegion(builder, handlerType, enterRegion, find),
    link: follow,
    follow,
    again: addArrive(builder, handlerType, 'keep'),
    goTo: addGoTo(builder, find, arrive),
    enter: addEnter(builder, handlerType, lookup),
    mulHigh: addMulHigh(builder),
    divideUnsigned: addDivision(builder, digit, 'unsigned'),
    divideSigned: addDivision(builder, digit, 'signed'),
    bulkMove: addBulk(builder, 'move'),
    bulkFill: addBulk(builder, 'fill'),
  };
}

function storeFuel(code: CodeWriter): void {
  code.localGet(STATE);
  code.localGet(FUEL);
  code.memory(Op['i32.store'], State.fuel);
}

function storeRip(code: CodeWriter, push: () => void): void {
  code.localGet(STATE);
  push();
  code.memory(Op['i64.store'], State.rip);
}

function pushRecordRip(code: CodeWriter): void {
  code.localGet(PC);
  code.memory(Op['i64.load32_u'], RecordField.rip);
}

/** Leaves at this record: state complete, RIP is this instruction. */
function addLeave(builder: ModuleBuilder, handlerType: number, exit: number): number {
  const code = new CodeWriter();
  storeFuel(code);
  storeRip(code, () => pushRecordRip(code));
  code.i32Const(exit);
  return builder.function(handlerType, [], code);
}

function dispatch(code: CodeWriter, handlerType: number): void {
  for (const local of [STATE, PC, FUEL, PC]) code.localGet(local);
  code.memory(Op['i32.load'], RecordField.handler);
  code.returnCallIndirect(handlerType, 0);
}

function leaveIf(code: CodeWriter, exit: number): void {
  code.if();
  storeFuel(code);
  storeRip(code, () => pushRecordRip(code));
  code.i32Const(exit);
  code.op(Op.return);
  code.end();
}

/** Arrival at a record by a jump: fuel check, and the heat count unless the jump is a repetition. */
function addArrive(builder: ModuleBuilder, handlerType: number, heat: 'count' | 'keep'): number {
  const code = new CodeWriter();
  leaveWhenUsedUp(code);
  if (heat === 'count') {
    const left = 3;
    code.localGet(PC);
    code.localGet(PC);
    code.memory(Op['i32.load'], RecordField.heat);
    code.i32Const(1);
    code.op(Op['i32.sub']);
    code.localTee(left);
    code.memory(Op['i32.store'], RecordField.heat);
    code.localGet(left);
    code.op(Op['i32.eqz']);
    leaveIf(code, Exit.Hot);
  }
  dispatch(code, handlerType);
  return builder.function(handlerType, heat === 'count' ? [i32] : [], code);
}

/**
 * The head of a region: runs regions until one leaves, and goes on where they left, unless something must be done outside. Where nothing may have been done it
 * leaves with Exit.Hot, as where the next region can't be found from Wasm.
 */
function addRegion(builder: ModuleBuilder, handlerType: number, enterRegion: number, find: number): number {
  const code = new CodeWriter();
  const [exit, record, rip] = [3, 4, 5];
  storeFuel(code);
  storeRip(code, () => pushRecordRip(code));
  code.localGet(STATE);
  code.i32Const(0);
  code.call(enterRegion);
  code.localSet(exit);
  for (const passedOn of [Exit.Single, Exit.Trap, Exit.Hot]) {
    code.localGet(exit);
    code.i32Const(passedOn);
    code.op(Op['i32.eq']);
    returnIf(code, () => code.localGet(exit));
  }
  code.localGet(STATE);
  code.memory(Op['i64.load'], State.rip);
  code.localTee(rip);
  pushRecordRip(code);
  code.op(Op['i64.eq']);
  returnIf(code, () => code.i32Const(Exit.Hot));
  code.localGet(exit);
  returnIf(code, () => code.localGet(exit));
  pushLookup(code, rip, find);
  code.localTee(record);
  code.op(Op['i32.eqz']);
  returnIf(code, () => code.i32Const(Exit.Decode));
  depart(code, record, exit);
  dispatch(code, handlerType);
  return builder.function(handlerType, [i32, i32, i64], code);
}

/** Goes on at a record, unless the fuel is used up, a region starts there, or the place is hot by this. `left`: a local. */
function depart(code: CodeWriter, record: number, left: number): void {
  code.localGet(STATE);
  code.memory(Op['i32.load'], State.fuel);
  code.localSet(FUEL);
  code.localGet(record);
  code.localTee(PC);
  code.memory(Op['i32.load'], RecordField.handler);
  code.i32Const(FixedHandler.Region);
  code.op(Op['i32.eq']);
  returnIf(code, () => code.i32Const(Exit.Hot));
  leaveWhenUsedUp(code);
  code.localGet(PC);
  code.memory(Op['i32.load'], RecordField.heat);
  code.localTee(left);
  code.i32Const(0);
  code.op(Op['i32.gt_s']);
  code.localGet(PC);
  code.localGet(left);
  code.i32Const(DEPARTURE_HEAT);
  code.op(Op['i32.sub']);
  code.localTee(left);
  code.memory(Op['i32.store'], RecordField.heat);
  code.localGet(left);
  code.i32Const(0);
  code.op(Op['i32.le_s']);
  code.op(Op['i32.and']);
  returnIf(code, () => code.i32Const(Exit.Hot));
}

function returnIf(code: CodeWriter, push: () => void): void {
  code.if();
  push();
  code.op(Op.return);
  code.end();
}

function leaveWhenUsedUp(code: CodeWriter): void {
  code.localGet(FUEL);
  code.i32Const(0);
  code.op(Op['i32.le_s']);
  leaveIf(code, Exit.Fuel);
}

/** lookup(rip) → record, or 0: what is so now, for `find` too. */
function addLookup(builder: ModuleBuilder): number {
  const code = new CodeWriter();
  const rip = 0;
  const record = 1;
  code.localGet(rip);
  code.localGet(rip);
  code.i32Const(HASH_BITS);
  code.op(Op['i32.shr_u']);
  code.op(Op['i32.xor']);
  code.i32Const(HASH_BUCKETS - 1);
  code.op(Op['i32.and']);
  code.i32Const(2);
  code.op(Op['i32.shl']);
  code.memory(Op['i32.load'], HASH_TABLE);
  code.localSet(record);
  const done = code.block();
  const next = code.loop();
  code.localGet(record);
  code.op(Op['i32.eqz']);
  code.brIf(done);
  code.localGet(record);
  code.memory(Op['i32.load'], RecordField.rip);
  code.localGet(rip);
  code.op(Op['i32.eq']);
  code.brIf(done);
  code.localGet(record);
  code.memory(Op['i32.load'], RecordField.hashNext);
  code.localSet(record);
  code.br(next);
  code.end();
  code.end();
  code.localGet(record);
  code.if();
  for (const [part, offset] of [
    [rip, 0],
    [record, 4],
  ] as const) {
    pushRecentPlace(code, rip);
    code.localGet(part);
    code.memory(Op['i32.store'], RECENT_TARGETS + offset);
  }
  code.end();
  code.localGet(record);
  return builder.function(builder.type([i32], [i32]), [i32], code);
}

/** find(rip) → record, or 0: as it was when `lookup` was last asked, mostly. A record that has become stale since leaves with its address. */
function addFind(builder: ModuleBuilder, lookup: number): number {
  const code = new CodeWriter();
  const rip = 0;
  const place = 1;
  pushRecentPlace(code, rip);
  code.localTee(place);
  code.memory(Op['i32.load'], RECENT_TARGETS);
  code.localGet(rip);
  code.op(Op['i32.eq']);
  code.if();
  code.localGet(place);
  code.memory(Op['i32.load'], RECENT_TARGETS + 4);
  code.op(Op.return);
  code.end();
  code.localGet(rip);
  code.returnCall(lookup);
  return builder.function(builder.type([i32], [i32]), [i32], code);
}

/** Pushes where the pair of an address is, from RECENT_TARGETS. */
function pushRecentPlace(code: CodeWriter, rip: number): void {
  code.localGet(rip);
  code.localGet(rip);
  code.i32Const(RECENT_BITS);
  code.op(Op['i32.shr_u']);
  code.op(Op['i32.xor']);
  code.i32Const((1 << RECENT_BITS) - 1);
  code.op(Op['i32.and']);
  code.i32Const(3);
  code.op(Op['i32.shl']);
}

/** The taken branch of a direct jump: through the link, which is made on first use. */
function addFollow(builder: ModuleBuilder, handlerType: number, lookup: number, arrive: number): number {
  const code = new CodeWriter();
  const target = 3;
  code.localGet(PC);
  code.memory(Op['i32.load'], RecordField.link);
  code.localTee(target);
  code.op(Op['i32.eqz']);
  code.if();
  code.localGet(PC);
  code.memory(Op['i32.load'], RecordField.immediate);
  code.call(lookup);
  code.localTee(target);
  code.op(Op['i32.eqz']);
  code.if();
  storeFuel(code);
  storeRip(code, () => {
    code.localGet(PC);
    code.memory(Op['i64.load'], RecordField.immediate);
  });
  code.i32Const(Exit.Decode);
  code.op(Op.return);
  code.end();
  code.localGet(PC);
  code.localGet(target);
  code.memory(Op['i32.store'], RecordField.link);
  code.end();
  for (const local of [STATE, target, FUEL]) code.localGet(local);
  code.returnCall(arrive);
  return builder.function(handlerType, [i32], code);
}

/** goTo(state, rip, fuel): an indirect jump or return. */
function addGoTo(builder: ModuleBuilder, find: number, arrive: number): number {
  const code = new CodeWriter();
  const rip = 1;
  const record = 3;
  pushLookup(code, rip, find);
  code.localTee(record);
  code.op(Op['i32.eqz']);
  code.if();
  storeFuel(code);
  storeRip(code, () => code.localGet(rip));
  code.i32Const(Exit.Decode);
  code.op(Op.return);
  code.end();
  for (const local of [STATE, record, FUEL]) code.localGet(local);
  code.returnCall(arrive);
  return builder.function(builder.type([i32, i64, i32], [i32]), [i32], code);
}

/** Pushes the record of a 64-bit address; 0 above 4 GiB, where nothing is decoded. */
function pushLookup(code: CodeWriter, rip: number, lookup: number): void {
  code.localGet(rip);
  code.op(Op['i32.wrap_i64']);
  code.call(lookup);
  code.i32Const(0);
  code.localGet(rip);
  code.i64Const(32);
  code.op(Op['i64.shr_u']);
  code.op(Op['i64.eqz']);
  code.op(Op.select);
}

/** enter(state) → Exit code: runs from State.rip with State.fuel. */
function addEnter(builder: ModuleBuilder, handlerType: number, lookup: number): number {
  const code = new CodeWriter();
  const rip = 1;
  const record = 2;
  code.localGet(STATE);
  code.memory(Op['i64.load'], State.rip);
  code.localSet(rip);
  pushLookup(code, rip, lookup);
  code.localTee(record);
  code.op(Op['i32.eqz']);
  code.if();
  code.i32Const(Exit.Decode);
  code.op(Op.return);
  code.end();
  code.localGet(STATE);
  code.localGet(record);
  code.localGet(STATE);
  code.memory(Op['i32.load'], State.fuel);
  code.localGet(record);
  code.memory(Op['i32.load'], RecordField.handler);
  code.returnCallIndirect(handlerType, 0);
  const index = builder.function(builder.type([i32], [i32]), [i64, i32], code);
  builder.exportFunction('enter', index);
  // For single steps: a record outside the hash table.
  const step = new CodeWriter();
  dispatch(step, handlerType);
  builder.exportFunction('runRecord', builder.function(handlerType, [], step));
  return index;
}
