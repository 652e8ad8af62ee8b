/**
 * Makes the interpreter's Wasm module: the runtime functions and one handler for each shape in a list of sample
 * instructions. The list of shapes goes into a custom section, so that a module read from a file says itself which
 * handler serves what. Made at build time; tests make it on first use.
 */
import type { Routine } from '../semantics/routine.ts';
import { semanticsOf } from '../semantics/table.ts';
import { keepingToMxcsr } from '../semantics/simd/watchful-ops.ts';
import { x87Routines } from '../semantics/x87/quick/definitions.ts';
import { routineType } from '../translate/routine-imports.ts';
import { ModuleBuilder } from '../wasm/module-builder.ts';
import type { Instruction } from '../x86/instruction.ts';
import { HandlerOps } from './handler-ops.ts';
import { HandlerWriter, NotCompilable } from './handler-writer.ts';
import { FIXED_HANDLERS } from './record.ts';
import { RoutineWriter } from './routine-writer.ts';
import { addRuntime } from './runtime.ts';
import { shapeOf } from './shape.ts';

/** Custom section with the shapes as JSON: see ShapeList. */
export const SHAPE_SECTION = 'k42.shapes';

/** Which handler serves what: shapes[i] has handler FIXED_HANDLERS + i; its mnemonic number indexes `mnemonics`. */
export interface ShapeList {
  readonly mnemonics: readonly string[];
  readonly shapes: readonly number[];
}

/** Instructions that share a shape share a handler; those that can't be compiled have none. */
export function makeInterpreterModule(samples: Iterable<Instruction>): Uint8Array<ArrayBuffer> {
  const builder = new ModuleBuilder();
  const runtime = addRuntime(builder);
  const routines = new Map<Routine, number>();
  const writer = new HandlerWriter({ ...runtime, routines });
  addRoutines(builder, writer, routines);
  const ops = new HandlerOps(writer);
  const mnemonics = new Map<string, number>();
  const functions = new Map<number, number>();
  const refused = new Set<number>();
  for (const sample of samples) {
    let mnemonic = mnemonics.get(sample.mnemonic);
    if (mnemonic === undefined) mnemonics.set(sample.mnemonic, (mnemonic = mnemonics.size));
    const shape = shapeOf(mnemonic, sample);
    if (shape < 0 || functions.has(shape) || refused.has(shape)) continue;
    if (!writeHandler(ops, sample)) refused.add(shape);
    else functions.set(shape, builder.function(runtime.handlerType, writer.locals, writer.code));
  }
  const count = FIXED_HANDLERS + functions.size;
  const table = builder.table({ min: count, max: count });
  const fixed = [runtime.stale, runtime.evaluate, runtime.region, runtime.link];
  builder.elements(table, 0, [...fixed, ...functions.values()]);
  const list: ShapeList = { mnemonics: [...mnemonics.keys()], shapes: [...functions.keys()] };
  return withSection(builder.build(), SHAPE_SECTION, JSON.stringify(list));
}

/** Exported by name, for regions. */
function addRoutines(builder: ModuleBuilder, writer: HandlerWriter, into: Map<Routine, number>): void {
  const ops = new RoutineWriter(writer);
  for (const routine of x87Routines) {
    ops.write(routine);
    const index = builder.function(routineType(builder, routine), writer.locals, writer.code);
    builder.exportFunction(routine.name, index);
    into.set(routine, index);
  }
}

/** False when only the evaluator can execute the instruction. */
function writeHandler(ops: HandlerOps, sample: Instruction): boolean {
  // The decoder may share operand objects; here operands are told apart by identity.
  const instruction = { ...sample, operands: sample.operands.map((operand) => ({ ...operand })) };
  const definition = semanticsOf(instruction.mnemonic);
  if (definition === undefined || definition.evaluateOnly) return false;
  try {
    ops.begin(instruction);
    definition.semantics(keepingToMxcsr(ops, instruction), instruction);
    ops.finish();
    return true;
  } catch (error) {
    if (error instanceof NotCompilable) return false;
    throw error;
  }
}

/** Appends a custom section. Source: WebAssembly Core Specification 2.0, 5.5.3. */
function withSection(module: Uint8Array, name: string, text: string): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const nameBytes = encoder.encode(name);
  const content = encoder.encode(text);
  const size = leb(leb(nameBytes.length).length + nameBytes.length + content.length);
  const parts = [module, Uint8Array.of(0), size, leb(nameBytes.length), nameBytes, content];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function leb(value: number): Uint8Array {
  const bytes: number[] = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value !== 0);
  return Uint8Array.from(bytes);
}
