/**
 * Puts a fresh Unicorn instance into user mode. It starts at privilege level 0, where HLT, CLI, port and control register
 * accesses work (some of them crash the library); at level 3 they are #GP, as for any Linux program. The library's API has no
 * way to change the level, so the emulated processor does it itself, as a kernel would: with IRET to a user frame.
 */
import { PAGE_SIZE } from '../address.ts';
import { UC_GPR, UcProt, UcReg } from './unicorn-api.ts';
import type { Unicorn } from './unicorn-api.ts';

/** One page, anywhere: nothing else is mapped yet, and it is unmapped again at the end. */
const PAGE = 0x1000;
const DESCRIPTORS = PAGE;
const FRAME = PAGE + 0x400;
const STACK_END = PAGE + 0x800;
const KERNEL_CODE = PAGE + 0x800;
const USER_CODE = PAGE + 0xc00;
/** Selectors as Linux has them: descriptors 6 and 5, level 3. */
const USER_CS = (6 << 3) | 3;
const USER_SS = (5 << 3) | 3;
/** Present, level 3, accessed, flat; 64-bit code, writable data. Source: SDM vol. 3, figure 3-8. */
const CODE_DESCRIPTOR = 0x00af_fb00_0000_ffffn;
const DATA_DESCRIPTOR = 0x00cf_f300_0000_ffffn;
const IRETQ = [0x48, 0xcf] as const;
const RSP = UC_GPR[4];

export function enterUserMode(unicorn: Unicorn): void {
  unicorn.mem_map(BigInt(PAGE), PAGE_SIZE, UcProt.All);
  unicorn.mem_write(BigInt(DESCRIPTORS), words([0n, 0n, 0n, 0n, 0n, DATA_DESCRIPTOR, CODE_DESCRIPTOR, 0n]));
  unicorn.mem_write(BigInt(FRAME), words([USER_CODE, USER_CS, 0x202, STACK_END, USER_SS].map(BigInt)));
  unicorn.mem_write(BigInt(KERNEL_CODE), Uint8Array.from(IRETQ));
  unicorn.reg_write(UcReg.gdtr, tableRegister(DESCRIPTORS, 8 * 8 - 1));
  unicorn.reg_write_i64(RSP, BigInt(FRAME));
  unicorn.emu_start(BigInt(KERNEL_CODE), BigInt(USER_CODE), 0, 0);
  const arrived =
    unicorn.reg_read_i64(UcReg.rip) === BigInt(USER_CODE) && unicorn.reg_read_i64(UcReg.cs) === BigInt(USER_CS);
  if (!arrived) throw new Error('Unicorn did not reach user mode');
  unicorn.reg_write_i64(RSP, 0n);
  unicorn.mem_unmap(BigInt(PAGE), PAGE_SIZE);
}

function words(values: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values).buffer);
}

/** struct uc_x86_mmr: selector u16, base u64, limit u32, flags u32. */
function tableRegister(base: number, limit: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(24));
  view.setBigUint64(8, BigInt(base), true);
  view.setUint32(16, limit, true);
  return new Uint8Array(view.buffer);
}
