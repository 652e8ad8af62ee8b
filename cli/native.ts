/** The native engine as the command line builds it: with the interpreter module made at build time, where there is one. */
import { existsSync, readFileSync } from 'node:fs';
import { NativeEngine, type NativeOptions } from '../cpu/native-engine.ts';

const prebuilt = new URL('./interpreter.wasm', import.meta.url);

export function createNativeEngine(options: NativeOptions = {}): NativeEngine {
  const interpreter = existsSync(prebuilt) ? { interpreter: new Uint8Array(readFileSync(prebuilt)) } : {};
  return new NativeEngine({ ...options, ...interpreter });
}
