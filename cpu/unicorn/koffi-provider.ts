/**
 * The Unicorn API (unicorn-api.ts) over the system's shared library libunicorn.so.2, called through the npm package koffi. Loaded
 * by load-unicorn.ts only; nothing here is imported eagerly and the koffi module comes in as an argument.
 */
import type * as KoffiModule from 'koffi';
import { UcError, UcHook } from './unicorn-api.ts';
import type {
  AnyHook,
  CodeHook,
  InProcessCalls,
  InstructionHook,
  InterruptHook,
  InvalidInstructionHook,
  MemoryHook,
  RegisterBatch,
  RegisterTransfer,
  Unicorn,
  UnicornHook,
  UnicornModule,
} from './unicorn-api.ts';

export type Koffi = typeof KoffiModule;

/** Names under which Debian, Fedora, macOS and Windows install Unicorn 2. */
const LIBRARY_NAMES = ['libunicorn.so.2', 'libunicorn.2.dylib', 'unicorn.dll'] as const;

/** uc_ctl control words: type | argument count << 26 | direction << 30. Source: unicorn.h, UC_CTL_*. */
const CTL_WRITE = 1 << 30;
const CTL_TB_REMOVE_CACHE = (9 | (2 << 26) | CTL_WRITE) >>> 0;
const CTL_CPU_MODEL = (7 | (1 << 26) | CTL_WRITE) >>> 0;

/** UC_CPU_X86_NEHALEM: x86-64-v2, SSE4.2 and POPCNT but no AVX, like our own engine. Source: x86.h, uc_cpu_x86. */
const CPU_NEHALEM = 15;

interface Library {
  readonly koffi: Koffi;
  readonly open: (arch: number, mode: number, handle: bigint[]) => number;
  readonly close: (handle: bigint) => number;
  readonly strerror: (code: number) => string;
  readonly ctl: (handle: bigint, control: number, ...rest: unknown[]) => number;
  readonly regRead: (handle: bigint, register: number, value: Uint8Array) => number;
  readonly regWrite: (handle: bigint, register: number, value: Uint8Array) => number;
  readonly regReadBatch: (handle: bigint, registers: bigint, values: bigint, count: number) => number;
  readonly regWriteBatch: (handle: bigint, registers: bigint, values: bigint, count: number) => number;
  readonly memMap: (handle: bigint, address: bigint, size: number, permissions: number) => number;
  readonly memMapPtr: (handle: bigint, address: bigint, size: number, permissions: number, host: bigint) => number;
  readonly memProtect: (handle: bigint, address: bigint, size: number, permissions: number) => number;
  readonly memUnmap: (handle: bigint, address: bigint, size: number) => number;
  readonly memRead: (handle: bigint, address: bigint, bytes: Uint8Array, size: number) => number;
  readonly memWrite: (handle: bigint, address: bigint, bytes: Uint8Array, size: number) => number;
  readonly hookAdd: (handle: bigint, hook: bigint[], type: number, ...rest: unknown[]) => number;
  readonly hookDel: (handle: bigint, hook: bigint) => number;
  readonly emuStart: (handle: bigint, begin: bigint, until: bigint, timeout: bigint, count: number) => number;
  readonly emuStop: (handle: bigint) => number;
  readonly contextAlloc: (handle: bigint, context: bigint[]) => number;
  readonly contextSave: (handle: bigint, context: bigint) => number;
  readonly contextRestore: (handle: bigint, context: bigint) => number;
  readonly contextFree: (context: bigint) => number;
  /** Pointer types of the hooks' C signatures. */
  readonly callbacks: { memory: HookType; code: HookType; interrupt: HookType; syscall: HookType; answer: HookType };
}
type HookType = ReturnType<Koffi['pointer']>;

/** The module, or undefined when the library is not installed. */
export function koffiUnicorn(koffi: Koffi): UnicornModule | undefined {
  for (const name of LIBRARY_NAMES) {
    const library = bind(koffi, name);
    if (library !== undefined) return moduleOver(name, library);
  }
  return undefined;
}

function moduleOver(name: string, library: Library): UnicornModule {
  return {
    name,
    Unicorn: class extends KoffiUnicorn {
      constructor(arch: number, mode: number) {
        super(library, arch, mode);
      }
    },
  };
}

function bind(koffi: Koffi, name: string): Library | undefined {
  let shared: ReturnType<Koffi['load']>;
  try {
    shared = koffi.load(name);
  } catch {
    return undefined;
  }
  // Prototypes stay anonymous, so that loading the library twice in a process does not collide.
  const callback = (result: string, types: string[]): HookType => koffi.pointer(koffi.proto(result, types));
  return {
    koffi,
    open: shared.func('int uc_open(int arch, int mode, _Out_ uint64_t *uc)'),
    close: shared.func('int uc_close(uint64_t uc)'),
    strerror: shared.func('const char *uc_strerror(int code)'),
    ctl: shared.func('int uc_ctl(uint64_t uc, uint32_t control, ...)'),
    regRead: shared.func('int uc_reg_read(uint64_t uc, int reg, void *value)'),
    regWrite: shared.func('int uc_reg_write(uint64_t uc, int reg, void *value)'),
    regReadBatch: shared.func('int uc_reg_read_batch(uint64_t uc, uint64_t regs, uint64_t vals, int count)'),
    regWriteBatch: shared.func('int uc_reg_write_batch(uint64_t uc, uint64_t regs, uint64_t vals, int count)'),
    memMap: shared.func('int uc_mem_map(uint64_t uc, uint64_t address, size_t size, uint32_t perms)'),
    memMapPtr: shared.func(
      'int uc_mem_map_ptr(uint64_t uc, uint64_t address, size_t size, uint32_t perms, uint64_t host)',
    ),
    memProtect: shared.func('int uc_mem_protect(uint64_t uc, uint64_t address, size_t size, uint32_t perms)'),
    memUnmap: shared.func('int uc_mem_unmap(uint64_t uc, uint64_t address, size_t size)'),
    memRead: shared.func('int uc_mem_read(uint64_t uc, uint64_t address, void *bytes, size_t size)'),
    memWrite: shared.func('int uc_mem_write(uint64_t uc, uint64_t address, void *bytes, size_t size)'),
    hookAdd: shared.func(
      'int uc_hook_add(uint64_t uc, _Out_ uint64_t *hook, int type, uint64_t callback, uint64_t user, uint64_t begin, uint64_t end, ...)',
    ),
    hookDel: shared.func('int uc_hook_del(uint64_t uc, uint64_t hook)'),
    emuStart: shared.func(
      'int uc_emu_start(uint64_t uc, uint64_t begin, uint64_t until, uint64_t timeout, size_t count)',
    ),
    emuStop: shared.func('int uc_emu_stop(uint64_t uc)'),
    contextAlloc: shared.func('int uc_context_alloc(uint64_t uc, _Out_ uint64_t *context)'),
    contextSave: shared.func('int uc_context_save(uint64_t uc, uint64_t context)'),
    contextRestore: shared.func('int uc_context_restore(uint64_t uc, uint64_t context)'),
    contextFree: shared.func('int uc_context_free(uint64_t context)'),
    callbacks: {
      memory: callback('bool', ['uint64_t', 'int', 'uint64_t', 'int', 'int64_t', 'uint64_t']),
      code: callback('void', ['uint64_t', 'uint64_t', 'uint32_t', 'uint64_t']),
      interrupt: callback('void', ['uint64_t', 'uint32_t', 'uint64_t']),
      syscall: callback('void', ['uint64_t', 'uint64_t']),
      answer: callback('int', ['uint64_t', 'uint64_t']),
    },
  };
}

interface KoffiHook {
  readonly handle: bigint;
  readonly callback: bigint;
}

class KoffiUnicorn implements Unicorn {
  readonly inProcess: InProcessCalls;
  readonly #library: Library;
  readonly #handle: bigint;
  readonly #hooks = new Set<KoffiHook>();
  readonly #contexts: bigint[] = [];
  readonly #word = new BigUint64Array(8);
  readonly #wordBytes = new Uint8Array(this.#word.buffer);

  constructor(library: Library, arch: number, mode: number) {
    this.#library = library;
    const handle = [0n];
    this.#check('uc_open', library.open(arch, mode, handle));
    this.#handle = BigInt(handle[0]!);
    this.#check('uc_ctl', library.ctl(this.#handle, CTL_CPU_MODEL, 'int', CPU_NEHALEM));
    this.inProcess = this.#inProcessCalls();
  }

  reg_read_i64(register: number): bigint {
    this.#word[0] = 0n;
    this.#check('uc_reg_read', this.#library.regRead(this.#handle, register, this.#wordBytes));
    return this.#word[0]!;
  }

  reg_write_i64(register: number, value: bigint): void {
    this.#word[0] = value;
    this.#check('uc_reg_write', this.#library.regWrite(this.#handle, register, this.#wordBytes));
  }

  reg_read(register: number, size: number): Uint8Array {
    this.#word.fill(0n);
    this.#check('uc_reg_read', this.#library.regRead(this.#handle, register, this.#wordBytes));
    return this.#wordBytes.slice(0, size);
  }

  reg_write(register: number, bytes: Uint8Array): void {
    this.#word.fill(0n);
    this.#wordBytes.set(bytes);
    this.#check('uc_reg_write', this.#library.regWrite(this.#handle, register, this.#wordBytes));
  }

  mem_map(address: bigint, size: number, permissions: number): void {
    this.#check('uc_mem_map', this.#library.memMap(this.#handle, address, size, permissions));
  }

  mem_protect(address: bigint, size: number, permissions: number): void {
    this.#check('uc_mem_protect', this.#library.memProtect(this.#handle, address, size, permissions));
  }

  mem_unmap(address: bigint, size: number): void {
    this.#check('uc_mem_unmap', this.#library.memUnmap(this.#handle, address, size));
  }

  mem_read(address: bigint, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    this.#check('uc_mem_read', this.#library.memRead(this.#handle, address, bytes, size));
    return bytes;
  }

  mem_write(address: bigint, bytes: Uint8Array): void {
    this.#check('uc_mem_write', this.#library.memWrite(this.#handle, address, bytes, bytes.length));
  }

  hook_add(type: number, callback: AnyHook, _userData?: unknown, begin = 1n, end = 0n, extra?: number): UnicornHook {
    const registered = this.#register(type, callback, extra);
    const handle = [0n];
    const rest = extra === undefined ? [] : ['int', extra];
    const code = this.#library.hookAdd(this.#handle, handle, type, registered, 0n, begin, end, ...rest);
    if (code !== UcError.Ok) this.#library.koffi.unregister(registered);
    this.#check('uc_hook_add', code);
    const hook: KoffiHook = { handle: BigInt(handle[0]!), callback: registered };
    this.#hooks.add(hook);
    return hook;
  }

  hook_del(hook: UnicornHook): void {
    const known = hook as KoffiHook;
    this.#check('uc_hook_del', this.#library.hookDel(this.#handle, known.handle));
    this.#hooks.delete(known);
    this.#library.koffi.unregister(known.callback);
  }

  emu_start(begin: bigint, until: bigint, timeout: number, count: number): void {
    this.#check('uc_emu_start', this.#library.emuStart(this.#handle, begin, until, BigInt(timeout), count));
  }

  emu_stop(): void {
    this.#check('uc_emu_stop', this.#library.emuStop(this.#handle));
  }

  close(): void {
    for (const context of this.#contexts) this.#library.contextFree(context);
    this.#check('uc_close', this.#library.close(this.#handle));
    for (const hook of this.#hooks) this.#library.koffi.unregister(hook.callback);
    this.#hooks.clear();
  }

  /** Wraps a hook in its C signature. */
  #register(type: number, callback: AnyHook, extra: number | undefined): bigint {
    const { koffi, callbacks } = this.#library;
    if (type === UcHook.Intr) {
      const hook = callback as InterruptHook;
      return koffi.register((_uc: bigint, vector: number) => hook(this, vector), callbacks.interrupt);
    }
    if (type === UcHook.Insn) {
      const hook = callback as InstructionHook;
      const returnsAnswer = extra !== undefined && extra < 218; // CPUID's hook answers; SYSCALL's and SYSENTER's return void
      return koffi.register(() => (hook(this) ? 1 : 0), returnsAnswer ? callbacks.answer : callbacks.syscall);
    }
    if (type === UcHook.InsnInvalid) {
      const hook = callback as InvalidInstructionHook;
      return koffi.register(() => (hook(this) ? 1 : 0), callbacks.answer);
    }
    if (type === UcHook.Code || type === UcHook.Block) {
      const hook = callback as CodeHook;
      return koffi.register(
        (_uc: bigint, address: number | bigint, size: number) => hook(this, BigInt(address), size),
        callbacks.code,
      );
    }
    const hook = callback as MemoryHook;
    return koffi.register(
      (_uc: bigint, kind: number, address: number | bigint, size: number, value: number | bigint) =>
        hook(this, kind, BigInt(address), size, BigInt(value)),
      callbacks.memory,
    );
  }

  #inProcessCalls(): InProcessCalls {
    const library = this.#library;
    const handle = this.#handle;
    return {
      mem_map_ptr: (address, size, permissions, bytes) =>
        this.#check(
          'uc_mem_map_ptr',
          library.memMapPtr(handle, address, size, permissions, library.koffi.address(bytes)),
        ),
      register_batch: (transfers) => this.#batch(transfers),
      save_context: () => this.#saveContext(),
      drop_code: (begin, end) =>
        this.#check('uc_ctl', library.ctl(handle, CTL_TB_REMOVE_CACHE, 'uint64_t', begin, 'uint64_t', end)),
      emu_run: (begin, until, count) => library.emuStart(handle, begin, until, 0n, count),
    };
  }

  #saveContext(): () => void {
    const library = this.#library;
    const allocated = [0n];
    this.#check('uc_context_alloc', library.contextAlloc(this.#handle, allocated));
    const context = BigInt(allocated[0]!);
    this.#contexts.push(context);
    this.#check('uc_context_save', library.contextSave(this.#handle, context));
    return () => this.#check('uc_context_restore', library.contextRestore(this.#handle, context));
  }

  #batch(transfers: readonly RegisterTransfer[]): RegisterBatch {
    const library = this.#library;
    const handle = this.#handle;
    const count = transfers.length;
    // Kept alive by the closures below; their addresses do not change (array buffers are not moved).
    const registers = Int32Array.from(transfers, (transfer) => transfer.register);
    const values = BigUint64Array.from(transfers, (transfer) => library.koffi.address(transfer.bytes));
    const keep = [registers, values, transfers] as const;
    const registersAt = library.koffi.address(registers);
    const valuesAt = library.koffi.address(values);
    return {
      read: () => this.#check('uc_reg_read_batch', library.regReadBatch(handle, registersAt, valuesAt, keep[0].length)),
      write: () => this.#check('uc_reg_write_batch', library.regWriteBatch(handle, registersAt, valuesAt, count)),
    };
  }

  #check(call: string, code: number): void {
    if (code !== UcError.Ok) throw new Error(`${call}: ${this.#library.strerror(code)} (${code})`);
  }
}
