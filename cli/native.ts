/**
 * The native engine as the command line builds it: with the interpreter module made at build time, where there is one, and with the code that
 * earlier runs decoded and translated. That lies beside the build and is cleared away with it.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { interpreterLevel } from '../cpu/interpret/make-interpreter.ts';
import { Processor } from '../cpu/processor.ts';
import { formatStatistics } from './engine-statistics.ts';
import { garbageCollector } from './garbage-collector.ts';
import { machineCodeOfHost } from './machine-code.ts';
import { KeptFile } from './kept-file.ts';
import { NativeEngine, type NativeOptions } from '../cpu/native-engine.ts';

const interpreterFile = ({ level }: Processor): string =>
  fileURLToPath(new URL(`./interpreter-${interpreterLevel(level)}.wasm`, import.meta.url));
/** Said by build.mjs at the head of the program. */
declare const __buildId: string;
/**
 * What is kept holds for one build, which may be replaced while this process runs, and for one level: what is an instruction on one
 * processor may be none on another.
 */
const keptFile = (what: 'decoded-pages' | 'regions', { level }: Processor): string =>
  fileURLToPath(new URL(`./${what}-${level}.${__buildId}.bin`, import.meta.url));

/** What becomes of decoded and translated code when the process ends. An engine whose code is kept lives until then. */
export type CodeFate = 'kept' | 'dropped';

export function createNativeEngine(options: NativeOptions = {}, code: CodeFate = 'kept'): NativeEngine {
  const engine = makeEngine({ collectGarbage: garbageCollector(), ...options }, code);
  if (process.env['K42_ENGINE_STATS'] === '1') {
    process.once('exit', () => process.stderr.write(formatStatistics(engine)));
  }
  return engine;
}

function makeEngine(options: NativeOptions, code: CodeFate): NativeEngine {
  const { processor = new Processor() } = options;
  const interpreter = readIfThere(interpreterFile(processor));
  if (interpreter === undefined) return new NativeEngine(options);
  const decodedFile = keptFile('decoded-pages', processor);
  const regionsFile = keptFile('regions', processor);
  const decodedPages = KeptFile.open(decodedFile);
  const engine = new NativeEngine({
    ...options,
    processor,
    interpreter,
    ...(decodedPages && { decodedPages }),
    regions: () => KeptFile.open(regionsFile),
    machineCode: machineCodeOfHost(),
  });
  if (code === 'dropped') return engine;
  process.once('exit', () => {
    save(decodedFile, engine.decodedPages());
    save(regionsFile, engine.regions());
  });
  return engine;
}

function readIfThere(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(readFileSync(path).buffer);
  } catch {
    return undefined;
  }
}

/** Not being able to write, as in a read-only installation, only costs time. */
function save(file: string, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) return;
  try {
    const work = `${file}.${process.pid}`;
    writeFileSync(work, bytes);
    renameSync(work, file);
  } catch {
    return;
  }
}
