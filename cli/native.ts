/**
 * The native engine as the command line builds it: with the interpreter module made at build time, where there is one, and with the code that
 * earlier runs decoded. That lies beside the build and is cleared away with it.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Processor } from '../cpu/processor.ts';
import { formatStatistics } from './engine-statistics.ts';
import { NativeEngine, type NativeOptions } from '../cpu/native-engine.ts';

const interpreterFile = fileURLToPath(new URL('./interpreter.wasm', import.meta.url));
/** One for each level: what is an instruction on one processor may be none on another. */
const decodedFile = ({ level }: Processor): string =>
  fileURLToPath(new URL(`./decoded-runs-${level}.bin`, import.meta.url));

export function createNativeEngine(options: NativeOptions = {}): NativeEngine {
  const engine = makeEngine(options);
  if (process.env['K42_ENGINE_STATS'] === '1') {
    process.once('exit', () => process.stderr.write(formatStatistics(engine)));
  }
  return engine;
}

function makeEngine(options: NativeOptions): NativeEngine {
  const interpreter = readIfThere(interpreterFile);
  if (interpreter === undefined) return new NativeEngine(options);
  const { processor = new Processor() } = options;
  const file = decodedFile(processor);
  const decodedRuns = readIfThere(file);
  const engine = new NativeEngine({ ...options, processor, interpreter, ...(decodedRuns && { decodedRuns }) });
  process.once('exit', () => save(file, engine.decodedRuns()));
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
function save(file: string, decodedRuns: Uint8Array | undefined): void {
  if (decodedRuns === undefined) return;
  try {
    const work = `${file}.${process.pid}`;
    writeFileSync(work, decodedRuns);
    renameSync(work, file);
  } catch {
    return;
  }
}
