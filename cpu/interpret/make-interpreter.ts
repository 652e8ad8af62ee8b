/** The interpreter module as the build writes it to a file: handlers for every shape the decoder can produce. */
import { makeInterpreterModule } from './interpreter-module.ts';
import { sweepInstructions } from './opcode-sweep.ts';

export function makeInterpreter(): Uint8Array<ArrayBuffer> {
  return makeInterpreterModule(sweepInstructions());
}
