/**
 * Machine code of WebAssembly modules as bytes. V8 can do that for browsers, which keep the code of a page for the next visit, but Node hands no interface for it
 * on: there are the functions of V8's own tests, which only what is compiled while a flag is set may call. V8 refuses the code of another version, of other flags or
 * of another kind of processor; for damage a checksum goes with it.
 */
import { setFlagsFromString } from 'node:v8';
import { compileFunction } from 'node:vm';
import { NO_MACHINE_CODE, type MachineCode } from '../cpu/machine-code.ts';

/** Where these functions have been tried; elsewhere they may be others. */
const KNOWN_V8 = '11.3.';
const CHECKSUM_BYTES = 4;

interface Functions {
  readonly isOptimized: (instance: CallableFunction) => boolean;
  readonly serialize: (module: WebAssembly.Module) => ArrayBuffer;
  readonly deserialize: (code: ArrayBuffer, wasm: Uint8Array) => WebAssembly.Module | undefined;
}

export function machineCodeOfHost(): MachineCode {
  if (!process.versions.v8.startsWith(KNOWN_V8)) return NO_MACHINE_CODE;
  let made: Functions | undefined;
  const functions = (): Functions => (made ??= makeFunctions());
  return {
    of(module, instance) {
      const { isOptimized, serialize } = functions();
      // V8 ends the process when it is asked for code that it has not made.
      if (!isOptimized(instance)) return undefined;
      const code = new Uint8Array(serialize(module));
      const bytes = new Uint8Array(CHECKSUM_BYTES + code.length);
      new DataView(bytes.buffer).setUint32(0, checksum(code), true);
      bytes.set(code, CHECKSUM_BYTES);
      return bytes;
    },
    restore(wasm, bytes) {
      if (bytes.length < CHECKSUM_BYTES) return undefined;
      const expected = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
      const code = bytes.slice(CHECKSUM_BYTES);
      return checksum(code) === expected ? functions().deserialize(code.buffer, wasm) : undefined;
    },
  };
}

function makeFunctions(): Functions {
  setFlagsFromString('--allow-natives-syntax');
  try {
    return {
      isOptimized: compileFunction('return %IsTurboFanFunction(instance)', ['instance']),
      serialize: compileFunction('return %SerializeWasmModule(module)', ['module']),
      deserialize: compileFunction('return %DeserializeWasmModule(code, wasm)', ['code', 'wasm']),
    } as Functions;
  } finally {
    // Code kept for later starts is only taken by a V8 with the same flags.
    setFlagsFromString('--no-allow-natives-syntax');
  }
}

/** FNV-1a, by words: bytes behind the last whole one count alone. */
function checksum(bytes: Uint8Array<ArrayBuffer>): number {
  const whole = bytes.length >>> 2;
  let sum = 0x811c9dc5;
  for (const word of new Uint32Array(bytes.buffer, 0, whole)) sum = Math.imul(sum ^ word, 0x01000193);
  for (const byte of bytes.subarray(4 * whole)) sum = Math.imul(sum ^ byte, 0x01000193);
  return sum >>> 0;
}
