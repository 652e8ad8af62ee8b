/**
 * Values of the handler generator: constants, generated locals, and the few addresses an instruction knows about
 * itself. A local is assigned once, so a value keeps denoting what it was.
 */
import { Type } from '../wasm/opcode.ts';

export const ValueKind = {
  Constant: 0,
  Local: 1,
  /** Address of the instruction, of the next one, and of a relative operand's target: read from the record. */
  Here: 2,
  Next: 3,
  Target: 4,
} as const;
export type ValueKind = (typeof ValueKind)[keyof typeof ValueKind];

export interface Value {
  readonly kind: ValueKind;
  readonly type: Type;
  /** Index of the local. */
  readonly local: number;
  readonly constant: bigint;
}

export const HERE: Value = { kind: ValueKind.Here, type: Type.i64, local: 0, constant: 0n };
export const NEXT: Value = { kind: ValueKind.Next, type: Type.i64, local: 0, constant: 0n };
export const TARGET: Value = { kind: ValueKind.Target, type: Type.i64, local: 0, constant: 0n };

export function constantValue(type: Type, constant: bigint): Value {
  return { kind: ValueKind.Constant, type, local: 0, constant };
}

export function localValue(type: Type, local: number): Value {
  return { kind: ValueKind.Local, type, local, constant: 0n };
}
