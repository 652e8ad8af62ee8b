/** The interpreter module as the build writes it to a file: handlers for every shape that a processor can decode. */
import { makeInterpreterModule } from './interpreter-module.ts';
import { Processor } from '../processor.ts';
import { ISA_LEVELS, type IsaLevel } from '../x86/isa-level.ts';
import { sweepInstructions } from './opcode-sweep.ts';

/** Levels that have a module of their own; one below shares that of the next. */
export const INTERPRETER_LEVELS: readonly IsaLevel[] = ['x86-64-v2', 'x86-64-v3'];

/** Which of INTERPRETER_LEVELS serves a level. */
export function interpreterLevel(level: IsaLevel): IsaLevel {
  const wanted = ISA_LEVELS.indexOf(level);
  return INTERPRETER_LEVELS.find((candidate) => ISA_LEVELS.indexOf(candidate) >= wanted)!;
}

export function makeInterpreter(level: IsaLevel): Uint8Array<ArrayBuffer> {
  return makeInterpreterModule(sweepInstructions(new Processor(interpreterLevel(level))));
}
