/**
 * The part of execve after the point of no return: a new address space with the program, its dynamic linker, vDSO and
 * stack. The caller gives up the old memory, then starts the thread at `entry` with `stackPointer`.
 */
import type { GuestMemory } from '../../cpu/memory/guest-memory.ts';
import { pageCeil } from '../../cpu/address.ts';
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import type { MemorySystem } from '../../kernel/memory/memory-system.ts';
import {
  AT_BASE,
  AT_CLKTCK,
  AT_EGID,
  AT_ENTRY,
  AT_EUID,
  AT_EXECFN,
  AT_FLAGS,
  AT_GID,
  AT_HWCAP,
  AT_HWCAP2,
  AT_MINSIGSTKSZ,
  AT_PAGESZ,
  AT_PHDR,
  AT_PHENT,
  AT_PHNUM,
  AT_PLATFORM,
  AT_RANDOM,
  AT_SECURE,
  AT_SYSINFO_EHDR,
  AT_UID,
  PHDR_SIZE,
} from '../abi/elf.ts';
import type { Vdso } from '../vdso/vdso.ts';
import { buildInitialStack } from './initial-stack.ts';
import type { InitialStack } from './initial-stack.ts';
import { ImagePlace, mapImage } from './map-image.ts';
import type { MappedImage } from './map-image.ts';
import type { ResolvedProgram } from './resolve-program.ts';

export interface LoadRequest {
  readonly program: ResolvedProgram;
  readonly system: MemorySystem;
  /** Empty; the address space takes it over. */
  readonly memory: GuestMemory;
  readonly vdso: Vdso;
  readonly stackLimitBytes: number;
  readonly addressLimitBytes: number;
  readonly uid: number;
  readonly euid: number;
  readonly gid: number;
  readonly egid: number;
  /** Set-user-ID or set-group-ID changed who runs. */
  readonly secure: 0 | 1;
  /** CPUID leaf 1, EDX. */
  readonly hardwareCapabilities: number;
  /** HWCAP2_ bits. */
  readonly moreHardwareCapabilities: number;
  /** Room a signal frame may need on the stack. */
  readonly signalFrameBytes: number;
  /** 16 random bytes. */
  readonly random: Uint8Array;
}

export interface LoadedProgram {
  readonly space: AddressSpace;
  readonly entry: number;
  readonly stack: InitialStack;
  readonly main: MappedImage;
}

const PAGE_BYTES = 4096;
const CLOCK_TICKS = 100;

/** Undefined: the image can't be mapped, or the stack has no room. Linux then ends the process with SIGSEGV. */
export function loadProgram(request: LoadRequest): LoadedProgram | undefined {
  const space = request.system.createSpace(request.memory);
  const loaded = load(request, space);
  if (loaded === undefined) space.dispose();
  return loaded;
}

function load(request: LoadRequest, space: AddressSpace): LoadedProgram | undefined {
  const { program, system } = request;
  space.stackLimitBytes = request.stackLimitBytes;
  space.sizeLimitBytes = request.addressLimitBytes;
  // Root may use the lowest pages. Source: security/commoncap.c, cap_mmap_addr.
  if (request.euid === 0) space.lowestAddress = 0;
  const main = mapImage(system, space, program.main, ImagePlace.Base);
  if (main === undefined) return undefined;
  space.heapStart = pageCeil(main.end);
  space.heapEnd = space.heapStart;
  let linker: MappedImage | undefined;
  if (program.interpreter !== undefined) {
    linker = mapImage(system, space, program.interpreter, ImagePlace.Mappings);
    if (linker === undefined) return undefined;
  }
  const vdso = request.vdso.map(space);
  if (vdso === undefined) return undefined;
  const stack = buildInitialStack(space, {
    ...program,
    executable: program.main.image.executableStack,
    random: request.random,
    auxiliary: auxiliaryVector(request, main, linker, vdso),
  });
  if (stack === undefined) return undefined;
  return { space, entry: linker?.entry ?? main.entry, stack, main };
}

/** In Linux's order. Source: fs/binfmt_elf.c, create_elf_tables; arch/x86/include/asm/elf.h, ARCH_DLINFO. */
function auxiliaryVector(request: LoadRequest, main: MappedImage, linker: MappedImage | undefined, vdso: number) {
  const filledIn = 0;
  return [
    [AT_SYSINFO_EHDR, vdso],
    [AT_MINSIGSTKSZ, request.signalFrameBytes],
    [AT_HWCAP, request.hardwareCapabilities],
    [AT_PAGESZ, PAGE_BYTES],
    [AT_CLKTCK, CLOCK_TICKS],
    [AT_PHDR, main.headers],
    [AT_PHENT, PHDR_SIZE],
    [AT_PHNUM, request.program.main.image.headersCount],
    [AT_BASE, linker?.bias ?? 0],
    [AT_FLAGS, 0],
    [AT_ENTRY, main.entry],
    [AT_UID, request.uid],
    [AT_EUID, request.euid],
    [AT_GID, request.gid],
    [AT_EGID, request.egid],
    [AT_SECURE, request.secure],
    [AT_RANDOM, filledIn],
    [AT_HWCAP2, request.moreHardwareCapabilities],
    [AT_EXECFN, filledIn],
    [AT_PLATFORM, filledIn],
  ] as const;
}
