/**
 * The Unicorn CPU emulator as this house uses it: the class `Unicorn` of the unicorn.js API, cut to what the engine needs,
 * plus three optional calls that a provider running in this process can offer. Providers: koffi-provider.ts (the system's
 * libunicorn), or the package @alexaltea/unicorn-js where it is installed (load-unicorn.ts chooses).
 *
 * Calls throw when Unicorn answers an error; `errno()` style codes are in UcError. Addresses and registers are bigints, as in
 * unicorn.js 2.
 */

/** Source: Unicorn 2 unicorn.h (uc_arch, uc_mode, uc_prot, uc_err, uc_hook_type). The numbers are its public ABI. */
export const UcArch = { X86: 4 } as const;
export const UcMode = { Mode64: 8 } as const;
export const UcProt = { None: 0, Read: 1, Write: 2, Exec: 4, All: 7 } as const;
export const UcError = { Ok: 0, InsnInvalid: 10, Exception: 21 } as const;

export const UcHook = {
  Intr: 1 << 0,
  Insn: 1 << 1,
  Code: 1 << 2,
  Block: 1 << 3,
  MemReadUnmapped: 1 << 4,
  MemWriteUnmapped: 1 << 5,
  MemFetchUnmapped: 1 << 6,
  MemReadProt: 1 << 7,
  MemWriteProt: 1 << 8,
  MemFetchProt: 1 << 9,
  /** Every access that is refused: unmapped or protected; read, write or fetch. */
  MemInvalid: 0x3f0,
  MemRead: 1 << 10,
  MemWrite: 1 << 11,
  InsnInvalid: 1 << 14,
} as const;

/** The `type` argument of a memory hook. */
export const UcMemType = {
  Read: 16,
  Write: 17,
  Fetch: 18,
  ReadUnmapped: 19,
  WriteUnmapped: 20,
  FetchUnmapped: 21,
  WriteProt: 22,
  ReadProt: 23,
  FetchProt: 24,
} as const;

/** Source: Unicorn 2 x86.h (uc_x86_insn): the instructions that can be hooked one by one. */
export const UcInsn = { Cpuid: 113, Syscall: 699 } as const;

/** Source: Unicorn 2 x86.h (uc_x86_reg). */
export const UcReg = {
  cs: 11,
  eflags: 25,
  rip: 41,
  /** FP0..FP7 are the physical x87 registers R0..R7. */
  fp0: 82,
  xmm0: 122,
  fpsw: 31,
  gdtr: 243,
  fpcw: 246,
  fptag: 247,
  mxcsr: 249,
  fsBase: 250,
  gsBase: 251,
} as const;

/** General registers in encoding order: rax rcx rdx rbx rsp rbp rsi rdi r8..r15. */
export const UC_GPR = [35, 38, 40, 37, 44, 36, 43, 39, 106, 107, 108, 109, 110, 111, 112, 113] as const;

/** What `hook_add` returns; opaque. */
export type UnicornHook = object;

export type MemoryHook = (handle: Unicorn, type: number, address: bigint, size: number, value: bigint) => boolean;
export type CodeHook = (handle: Unicorn, address: bigint, size: number) => void;
export type InterruptHook = (handle: Unicorn, vector: number) => void;
/** The answer counts for Cpuid only: true leaves the registers as the hook set them. */
export type InstructionHook = (handle: Unicorn) => boolean;
export type InvalidInstructionHook = (handle: Unicorn) => boolean;
export type AnyHook = MemoryHook | CodeHook | InterruptHook | InstructionHook | InvalidInstructionHook;

export interface Unicorn {
  reg_read_i64(register: number): bigint;
  reg_write_i64(register: number, value: bigint): void;
  /** Raw bytes of a register of any width. */
  reg_read(register: number, size: number): Uint8Array;
  reg_write(register: number, bytes: Uint8Array): void;

  mem_map(address: bigint, size: number, permissions: number): void;
  mem_protect(address: bigint, size: number, permissions: number): void;
  mem_unmap(address: bigint, size: number): void;
  mem_read(address: bigint, size: number): Uint8Array;
  mem_write(address: bigint, bytes: Uint8Array): void;

  /** `extra` is the instruction number (UcInsn) for UcHook.Insn. begin > end means everywhere. */
  hook_add(
    type: number,
    callback: AnyHook,
    userData?: unknown,
    begin?: bigint,
    end?: bigint,
    extra?: number,
  ): UnicornHook;
  hook_del(hook: UnicornHook): void;

  /** Runs until `until`, `count` instructions (0 = no limit), or emu_stop. */
  emu_start(begin: bigint, until: bigint, timeout: number, count: number): void;
  emu_stop(): void;
  close(): void;

  readonly inProcess?: InProcessCalls;
}

/** Calls of a provider whose emulator shares this process's address space. */
export interface InProcessCalls {
  /** Maps host memory in place. The bytes must stay alive while mapped. */
  mem_map_ptr(address: bigint, size: number, permissions: number, bytes: Uint8Array): void;
  /** Prepares a transfer between registers and memory of this process. */
  register_batch(transfers: readonly RegisterTransfer[]): RegisterBatch;
  /** Saves the whole processor state; the function that is returned brings it back. */
  save_context(): () => void;
  /** Drops the code translated from [begin, end), which must be mapped. */
  drop_code(begin: bigint, end: bigint): void;
  /** Like emu_start, but answers Unicorn's error code instead of throwing. */
  emu_run(begin: bigint, until: bigint, count: number): number;
}

export interface RegisterTransfer {
  readonly register: number;
  /** Where the register's bytes live; as long as the register at least. */
  readonly bytes: Uint8Array;
}

export interface RegisterBatch {
  read(): void;
  write(): void;
}

export interface UnicornModule {
  readonly name: string;
  readonly Unicorn: new (arch: number, mode: number) => Unicorn;
}
