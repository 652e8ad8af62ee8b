/** ELF as Linux loads it. Source: elf(5), include/uapi/linux/elf.h, the generic ABI. */
export const ELF_MAGIC = '\x7fELF';
export const ELFCLASS64 = 2;
export const ELFDATA2LSB = 1;
export const EV_CURRENT = 1;

export const ET_EXEC = 2;
export const ET_DYN = 3;
export const EM_X86_64 = 62;

export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
export const PT_GNU_STACK = 0x6474e551;

export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

/** Offsets in Elf64_Ehdr. */
export const Ehdr = {
  e_ident: 0,
  e_type: 16,
  e_machine: 18,
  e_version: 20,
  e_entry: 24,
  e_phoff: 32,
  e_shoff: 40,
  e_flags: 48,
  e_ehsize: 52,
  e_phentsize: 54,
  e_phnum: 56,
  e_shentsize: 58,
  e_shnum: 60,
  e_shstrndx: 62,
} as const;
export const EHDR_SIZE = 64;
export const PHDR_SIZE = 56;

/** Entries of the auxiliary vector. Source: include/uapi/linux/auxvec.h, arch/x86/include/uapi/asm/auxvec.h. */
export const AT_NULL = 0;
export const AT_PHDR = 3;
export const AT_PHENT = 4;
export const AT_PHNUM = 5;
export const AT_PAGESZ = 6;
export const AT_BASE = 7;
export const AT_FLAGS = 8;
export const AT_ENTRY = 9;
export const AT_UID = 11;
export const AT_EUID = 12;
export const AT_GID = 13;
export const AT_EGID = 14;
export const AT_PLATFORM = 15;
export const AT_HWCAP = 16;
export const AT_CLKTCK = 17;
export const AT_SECURE = 23;
export const AT_RANDOM = 25;
export const AT_HWCAP2 = 26;
/** In AT_HWCAP2. Source: arch/x86/include/uapi/asm/hwcap2.h. */
export const HWCAP2_FSGSBASE = 2;
export const AT_EXECFN = 31;
export const AT_SYSINFO_EHDR = 33;
export const AT_MINSIGSTKSZ = 51;

export const ET_CORE = 4;
export const PT_NOTE = 4;
/** Notes of core files. Source: include/uapi/linux/elf.h. */
export const NT_PRPSINFO = 3;
export const NT_AUXV = 6;
export const NT_SIGINFO = 0x53494749;
export const NT_FILE = 0x46494c45;

/** Offsets in Elf64_Phdr. */
export const Phdr = {
  p_type: 0,
  p_flags: 4,
  p_offset: 8,
  p_vaddr: 16,
  p_paddr: 24,
  p_filesz: 32,
  p_memsz: 40,
  p_align: 48,
} as const;

/** Offsets in struct elf_prstatus and struct elf_prpsinfo. Source: include/linux/elfcore.h. */
export const elf_prstatus = {
  si_signo: 0,
  si_code: 4,
  si_errno: 8,
  pr_cursig: 12,
  pr_sigpend: 16,
  pr_sighold: 24,
  pr_pid: 32,
  pr_ppid: 36,
  pr_pgrp: 40,
  pr_sid: 44,
  pr_utime: 48,
  pr_stime: 64,
  pr_cutime: 80,
  pr_cstime: 96,
  pr_reg: 112,
  pr_fpvalid: 328,
  size: 336,
} as const;
export const elf_prpsinfo = {
  pr_state: 0,
  pr_sname: 1,
  pr_zomb: 2,
  pr_nice: 3,
  pr_flag: 8,
  pr_uid: 16,
  pr_gid: 20,
  pr_pid: 24,
  pr_ppid: 28,
  pr_pgrp: 32,
  pr_sid: 36,
  pr_fname: 40,
  pr_psargs: 56,
  size: 136,
} as const;
