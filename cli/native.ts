/**
 * The native engine as the command line builds it: with the interpreter module made at build time, where there is one, and with the code that
 * earlier runs decoded. That lies beside the build and is cleared away with it.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NativeEngine, type NativeOptions } from '../cpu/native-engine.ts';

const interpreterFile = fileURLToPath(new URL('./interpreter.wasm', import.meta.url));
const decodedFile = fileURLToPath(new URL('./decoded-runs.bin', import.meta.url));

export function createNativeEngine(options: NativeOptions = {}): NativeEngine {
  const interpreter = readIfThere(interpreterFile);
  if (interpreter === undefined) return new NativeEngine(options);
  const decodedRuns = readIfThere(decodedFile);
  const engine = new NativeEngine({ ...options, interpreter, ...(decodedRuns && { decodedRuns }) });
  process.once('exit', () => save(engine.decodedRuns()));
  return engine;
}

function readIfThere(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    // A buffer of its own, so that it starts at a multiple of four.
    return new Uint8Array(readFileSync(path).buffer);
  } catch {
    return undefined;
  }
}

/** Not being able to write, as in a read-only installation, only costs time. */
function save(decodedRuns: Uint8Array | undefined): void {
  if (decodedRuns === undefined) return;
  try {
    const work = `${decodedFile}.${process.pid}`;
    writeFileSync(work, decodedRuns);
    renameSync(work, decodedFile);
  } catch {
    return;
  }
}
