/** Many iterations of a repeated movs or stos at once, as Wasm functions: see Ops.bulk. */
import { Access } from '../memory/guest-memory.ts';
import { leaveUnlessAllowed } from '../memory/page-check.ts';
import { Gpr, State } from '../state-layout.ts';
import { CodeWriter } from '../wasm/code-writer.ts';
import type { ModuleBuilder } from '../wasm/module-builder.ts';
import { Op, Type } from '../wasm/opcode.ts';
import { FUEL, STATE } from './handler-writer.ts';

const { i32 } = Type;

/**
 * bulk(state, bytes, fuel) → fuel: iterations of a repeated movs or stos, ascending, within one page of each operand, in
 * place, leaving at least one iteration to the caller. Does nothing when any of that does not hold.
 */
export function addBulk(builder: ModuleBuilder, kind: 'move' | 'fill'): number {
  const code = new CodeWriter();
  const bytes = 1;
  const [destination, source, count, size] = [3, 4, 5, 6];
  const skip = code.block();
  code.localGet(STATE);
  code.memory(Op['i32.load'], State.df);
  code.brIf(skip);
  loadAddress(code, Gpr.rdi, destination, Access.Write, skip);
  if (kind === 'move') loadAddress(code, Gpr.rsi, source, Access.Read, skip);
  // count = min(rcx - 1, whole iterations left in either page)
  pushIterationsInPage(code, destination, bytes);
  code.localSet(count);
  if (kind === 'move') {
    pushIterationsInPage(code, source, bytes);
    code.localSet(size);
    minimum(code, count, () => code.localGet(size));
  }
  const rcx = State.gpr + 8 * Gpr.rcx;
  code.localGet(STATE);
  code.memory(Op['i64.load'], rcx);
  code.i64Const(1);
  code.op(Op['i64.sub']);
  code.localGet(count);
  code.op(Op['i64.extend_i32_u']);
  code.op(Op['i64.lt_u']);
  code.if();
  code.localGet(STATE);
  code.memory(Op['i32.load'], rcx);
  code.i32Const(1);
  code.op(Op['i32.sub']);
  code.localSet(count);
  code.end();
  code.localGet(count);
  code.op(Op['i32.eqz']);
  code.brIf(skip);
  code.localGet(count);
  code.localGet(bytes);
  code.op(Op['i32.mul']);
  code.localSet(size);
  if (kind === 'move') moveBytes(code, destination, source, size, skip);
  else fillElements(code, destination, bytes, size);
  for (const register of kind === 'move' ? [Gpr.rdi, Gpr.rsi] : [Gpr.rdi])
    addToRegister(code, register, size, 'i64.add');
  addToRegister(code, Gpr.rcx, count, 'i64.sub');
  code.end();
  code.localGet(FUEL);
  return builder.function(builder.type([i32, i32, i32], [i32]), [i32, i32, i32, i32], code);
}

/** Loads a register as a direct address whose page allows the access; else branches to `skip`. */
function loadAddress(code: CodeWriter, register: number, local: number, access: Access, skip: number): void {
  const offset = State.gpr + 8 * register;
  code.localGet(STATE);
  code.memory(Op['i32.load'], offset + 4);
  code.brIf(skip);
  code.localGet(STATE);
  code.memory(Op['i32.load'], offset);
  code.localTee(local);
  leaveUnlessAllowed(code, access, skip);
}

function pushIterationsInPage(code: CodeWriter, address: number, bytes: number): void {
  code.i32Const(4096);
  code.localGet(address);
  code.i32Const(4095);
  code.op(Op['i32.and']);
  code.op(Op['i32.sub']);
  code.localGet(bytes);
  code.op(Op['i32.div_u']);
}

function minimum(code: CodeWriter, local: number, pushOther: () => void): void {
  code.localGet(local);
  pushOther();
  code.localGet(local);
  pushOther();
  code.op(Op['i32.lt_u']);
  code.op(Op.select);
  code.localSet(local);
}

/** memory.copy moves as if through a buffer; movs repeats a pattern when the destination starts inside the source. */
function moveBytes(code: CodeWriter, destination: number, source: number, size: number, skip: number): void {
  code.localGet(destination);
  code.localGet(source);
  code.op(Op['i32.sub']);
  code.localGet(size);
  code.op(Op['i32.lt_u']);
  code.brIf(skip);
  code.localGet(destination);
  code.localGet(source);
  code.localGet(size);
  code.memoryCopy();
}

/** stosb is memory.fill; wider ones store element by element. */
function fillElements(code: CodeWriter, destination: number, bytes: number, size: number): void {
  const at = 4;
  const rax = State.gpr;
  code.localGet(bytes);
  code.i32Const(1);
  code.op(Op['i32.eq']);
  code.if();
  code.localGet(destination);
  code.localGet(STATE);
  code.memory(Op['i32.load8_u'], rax);
  code.localGet(size);
  code.memoryFill();
  code.else();
  code.localGet(destination);
  code.localSet(at);
  const next = code.loop();
  // Eight bytes at once would overrun the last element: each width has its own store.
  for (const [width, store] of [
    [2, Op['i64.store16']],
    [4, Op['i64.store32']],
    [8, Op['i64.store']],
  ] as const) {
    code.localGet(bytes);
    code.i32Const(width);
    code.op(Op['i32.eq']);
    code.if();
    code.localGet(at);
    code.localGet(STATE);
    code.memory(Op['i64.load'], rax);
    code.memory(store);
    code.end();
  }
  code.localGet(at);
  code.localGet(bytes);
  code.op(Op['i32.add']);
  code.localTee(at);
  code.localGet(destination);
  code.localGet(size);
  code.op(Op['i32.add']);
  code.op(Op['i32.lt_u']);
  code.brIf(next);
  code.end();
  code.end();
}

function addToRegister(code: CodeWriter, register: number, local: number, operation: 'i64.add' | 'i64.sub'): void {
  const offset = State.gpr + 8 * register;
  code.localGet(STATE);
  code.localGet(STATE);
  code.memory(Op['i64.load'], offset);
  code.localGet(local);
  code.op(Op['i64.extend_i32_u']);
  code.op(Op[operation]);
  code.memory(Op['i64.store'], offset);
}
