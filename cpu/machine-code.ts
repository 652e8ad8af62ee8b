/**
 * The machine code that the host's compiler made of a module once it was hot, as bytes for a later start: where the host gives it away. A program as large as
 * perl spends more time of the other processors on that compiler than it runs itself.
 */
export interface MachineCode {
  /** Of a module with one function, `instance` in one of its instances; undefined while the optimising compiler has not been through with it. */
  of(module: WebAssembly.Module, instance: CallableFunction): Uint8Array<ArrayBuffer> | undefined;
  /** The module of these bytes with its code; undefined when another host, or another processor, made that. */
  restore(wasm: Uint8Array<ArrayBuffer>, code: Uint8Array<ArrayBuffer>): WebAssembly.Module | undefined;
}

/** A host that keeps it for itself. */
export const NO_MACHINE_CODE: MachineCode = { of: () => undefined, restore: () => undefined };
