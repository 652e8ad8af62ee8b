/**
 * Layout of one guest thread's CPU state: byte offsets into a block of STATE_SIZE bytes that lives in the low, never
 * mapped part of the guest's WebAssembly.Memory. Everything that touches CPU state derives from this table.
 *
 * Arithmetic flags are kept unpacked, each in the cheapest form for the code that produces it:
 *   ZF = (zr == 0)   SF = (sr < 0)   PF = even parity of the low byte of pr   CF, OF, AF, DF = 0 or 1
 * An ALU result is sign-extended from its width to 64 bits and stored to zr, sr and pr alike.
 */
export const State = {
  gpr: 0, // 16 x u64, in encoding order: rax rcx rdx rbx rsp rbp rsi rdi r8..r15
  zero: 128, // u64, always 0: "no base" and "no index" read this as gpr[16]
  fsBase: 136, // u64, gpr[17] for address computation
  gsBase: 144, // u64, gpr[18]
  rip: 152, // u64
  zr: 160, // i64
  sr: 168, // i64
  pr: 176, // i64 (only the low byte counts)
  cf: 184, // i32
  of: 188, // i32
  af: 192, // i32
  df: 196, // i32, 0 or 1
  otherFlags: 200, // u32: remaining RFLAGS bits in place (IF and bit 1 always set; TF, AC, ID as written)
  mxcsr: 204, // u32
  fuel: 208, // i32: instructions left before a Preempted trap; checked on back edges and block ends
  trapKind: 212, // u32, see Trap in engine.ts
  trapAccess: 216, // u32, see Access
  trapReason: 220, // u32, see FaultOutcome
  trapAddress: 224, // u64
  controls: 232, // u32: see Control
  scratch: 256, // 64 bytes: data of slow-path loads and stores
  xmm: 320, // 16 x 32 bytes (ymm; low half = xmm)
  st: 832, // 8 x 16 bytes: physical x87 registers R0..R7, 80-bit little endian in the low 10 bytes
  fcw: 960, // u16
  x87Words: 960, // u32: fcw and fsw together
  fsw: 962, // u16, TOP included
  ftw: 964, // u8 abridged tag word: 1 = not empty, bit per physical register
  fop: 966, // u16
  fip: 968, // u64
  fdp: 976, // u64
} as const;

export const STATE_SIZE = 1024;

/** Bits of `controls`: what is switched for this thread. */
export const Control = {
  /** CR4.TSD: RDTSC and RDTSCP are privileged. */
  hidesTimeStamp: 1,
  /** The program has loaded MXCSR: it may ask for the exceptions of SSE. */
  watchesExceptions: 2,
} as const;

/** Index into `gpr` by encoding. */
export const Gpr = {
  rax: 0,
  rcx: 1,
  rdx: 2,
  rbx: 3,
  rsp: 4,
  rbp: 5,
  rsi: 6,
  rdi: 7,
  r8: 8,
  r9: 9,
  r10: 10,
  r11: 11,
  r12: 12,
  r13: 13,
  r14: 14,
  r15: 15,
} as const;

/** Names by encoding. */
export const GPR_NAMES: readonly string[] = Object.keys(Gpr);

/** RFLAGS bits. Source: SDM vol. 1, 3.4.3. */
export const Rflags = {
  CF: 1,
  FIXED: 2,
  PF: 4,
  AF: 0x10,
  ZF: 0x40,
  SF: 0x80,
  TF: 0x100,
  IF: 0x200,
  DF: 0x400,
  OF: 0x800,
  NT: 0x4000,
  RF: 0x10000,
  AC: 0x40000,
  ID: 0x200000,
} as const;
