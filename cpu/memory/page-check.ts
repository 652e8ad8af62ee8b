/** Generated code that looks at the permission table of a guest memory (guest-memory.ts), for interpreter and translator. */
import { PAGE_SHIFT } from '../address.ts';
import type { CodeWriter } from '../wasm/code-writer.ts';
import { Op } from '../wasm/opcode.ts';
import { Access, PERMISSION_TABLE } from './guest-memory.ts';

/** Puts the permissions of its page in the place of the address (i32) on the stack. */
export function pagePermission(code: CodeWriter): void {
  code.i32Const(PAGE_SHIFT);
  code.op(Op['i32.shr_u']);
  code.memory(Op['i32.load8_u'], PERMISSION_TABLE);
}

/** Takes the address (i32) from the stack, and goes to the label unless its page allows all of `need` (Access bits). */
export function leaveUnlessAllowed(code: CodeWriter, need: number, label: number): void {
  pagePermission(code);
  code.i32Const(need);
  code.op(Op['i32.and']);
  if (need === (Access.Read | Access.Write)) {
    code.i32Const(need);
    code.op(Op['i32.ne']);
  } else {
    code.op(Op['i32.eqz']);
  }
  code.brIf(label);
}
