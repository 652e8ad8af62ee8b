/**
 * One Unicorn instance per guest memory, with the guest's pages mapped in place. Pages are mapped when Unicorn first meets
 * them: a refused access stops the emulator, the page is resolved through GuestMemory's own fault path (so demand-zero, lent and
 * shared pages need nothing special here), mapped with exactly the permissions the memory grants, and the instruction runs
 * again. Mappings are dropped as soon as the memory says that they changed.
 */
import { DIRECT_LIMIT, guestAddress, pageFloor, pageOf, PAGE_SIZE, USER_LIMIT } from '../address.ts';
import type { GuestAddress } from '../address.ts';
import { Access, FaultOutcome, Permission, PERMISSION_TABLE } from '../memory/guest-memory.ts';
import type { GuestMemory, MemoryObserver } from '../memory/guest-memory.ts';
import { UNICORN_PROCESSOR } from './unicorn-processor.ts';
import { Gpr } from '../state-layout.ts';
import { UC_GPR, UcArch, UcHook, UcInsn, UcMemType, UcMode, UcProt } from './unicorn-api.ts';
import type { InProcessCalls, Unicorn, UnicornModule } from './unicorn-api.ts';
import { enterUserMode } from './user-mode.ts';

/** What stopped the emulator, written by the hooks. */
export interface StopRecord {
  kind: 'none' | 'memory' | 'syscall' | 'interrupt' | 'invalid';
  /** Interrupt vector. */
  vector: number;
  access: Access;
  /** As the guest's 64 bits, not yet known to be canonical. */
  address: bigint;
  size: number;
}

/** Memories that tell codeChanged only of pages that were marked. */
interface CodeMarker {
  markCode(page: GuestAddress): unknown;
}

const WRITE_EXECUTE = Permission.Write | Permission.Execute;

export class UnicornSpace implements MemoryObserver {
  readonly memory: GuestMemory;
  readonly unicorn: Unicorn;
  readonly inProcess: InProcessCalls;
  /**
   * Forgets that an exception was raised. A kernel would handle it and so end it; here nothing does, and Unicorn would answer the next
   * one with a double fault, the one after that with a silent shutdown. Registers are lost.
   */
  readonly endException: () => void;
  readonly stop: StopRecord = { kind: 'none', vector: 0, access: Access.Read, address: 0n, size: 0 };
  /** Pages mapped into Unicorn: page address → permissions. */
  readonly #mapped = new Map<number, number>();
  readonly #writableCode = new Set<number>();
  /** The bytes Unicorn holds pointers into. */
  readonly #kept = new Map<number, Uint8Array>();

  constructor(module: UnicornModule, memory: GuestMemory) {
    this.memory = memory;
    this.unicorn = new module.Unicorn(UcArch.X86, UcMode.Mode64);
    if (this.unicorn.inProcess === undefined) throw new Error(`${module.name} cannot map memory in place`);
    this.inProcess = this.unicorn.inProcess;
    enterUserMode(this.unicorn);
    this.endException = this.inProcess.save_context();
    this.#addHooks();
    memory.observe(this);
  }

  clearStop(): void {
    this.stop.kind = 'none';
  }

  mappingChanged(address: GuestAddress, pages: number): void {
    const end = address + pages * PAGE_SIZE;
    if (pages > this.#mapped.size) {
      for (const page of [...this.#mapped.keys()]) if (page >= address && page < end) this.#drop(page);
      return;
    }
    for (let page: number = address; page < end; page += PAGE_SIZE) this.#drop(page);
  }

  /** The next fetch must ask again, so that the page is marked as code again. */
  codeChanged(page: GuestAddress): void {
    if (!this.#mapped.has(page)) return;
    this.#drop(page);
  }

  accessWithdrawn(address: GuestAddress, pages: number): void {
    this.mappingChanged(address, pages);
  }

  /**
   * Before each run: Unicorn notices when the guest changes its own code, but not when the kernel writes to it. The kernel's writes
   * are told to codeChanged, except on pages that are writable and executable at once.
   */
  beforeRun(): void {
    for (const page of this.#writableCode) this.#dropCode(page);
  }

  /**
   * Makes the pages of a refused access usable. Answers FaultOutcome.Resolved when the instruction can run again; otherwise
   * `stop.address` is the first byte that may not be accessed.
   */
  resolve(): FaultOutcome {
    const { stop } = this;
    if (!isUserAddress(stop.address)) return FaultOutcome.Unmapped;
    const start = Number(BigInt.asUintN(64, stop.address));
    const last = start + Math.max(stop.size, 1) - 1;
    for (let page = pageFloor(guestAddress(start)); page <= last; page = guestAddress(page + PAGE_SIZE)) {
      const outcome = this.#resolvePage(page, Math.max(start, page));
      if (outcome !== FaultOutcome.Resolved) {
        stop.address = BigInt(Math.max(start, page));
        return outcome;
      }
    }
    return FaultOutcome.Resolved;
  }

  touchedPages(): Iterable<GuestAddress> {
    return [...this.#mapped.keys()].map(guestAddress);
  }

  dispose(): void {
    this.unicorn.close();
    this.#mapped.clear();
    this.#kept.clear();
  }

  #resolvePage(page: GuestAddress, address: number): FaultOutcome {
    const { access } = this.stop;
    const granted = this.#mapped.get(page) ?? Permission.None;
    if (granted & access) return FaultOutcome.Resolved;
    const outcome = this.memory.probe(guestAddress(address), 1, access);
    if (outcome !== FaultOutcome.Resolved) return outcome;
    const bytes = this.memory.pageBytes(page);
    if (access === Access.Execute) this.#markCode(page);
    if (bytes === undefined) throw new Error(`page 0x${page.toString(16)} is resolved but absent`);
    // Reading may be granted while writing must still ask (copy before write), so a page outside the permission table gets what it has
    // been granted so far.
    const permissions = (this.#mapped.get(page) ?? Permission.None) | access | this.#directPermissions(page);
    this.#drop(page);
    this.inProcess.mem_map_ptr(BigInt(page), PAGE_SIZE, permissions, bytes);
    this.#mapped.set(page, permissions);
    if ((permissions & WRITE_EXECUTE) === WRITE_EXECUTE) this.#writableCode.add(page);
    this.#kept.set(page, bytes);
    return FaultOutcome.Resolved;
  }

  /** While the page is mapped. Not all code at once: that takes Unicorn 2.0.1 seconds. */
  #dropCode(page: number): void {
    this.inProcess.drop_code(BigInt(page), BigInt(page + PAGE_SIZE));
  }

  #markCode(page: GuestAddress): void {
    const memory: GuestMemory & Partial<CodeMarker> = this.memory;
    memory.markCode?.(page);
  }

  #directPermissions(page: number): number {
    if (page >= DIRECT_LIMIT) return Permission.None;
    return (
      new Uint8Array(this.memory.wasm.buffer, PERMISSION_TABLE, DIRECT_LIMIT / PAGE_SIZE)[pageOf(page)]! & UcProt.All
    );
  }

  #drop(page: number): void {
    const permissions = this.#mapped.get(page);
    if (permissions === undefined) return;
    // Translations outlive the mapping, and would be found again when another page is mapped here.
    if (permissions & Permission.Execute) this.#dropCode(page);
    this.#mapped.delete(page);
    this.#kept.delete(page);
    this.#writableCode.delete(page);
    this.unicorn.mem_unmap(BigInt(page), PAGE_SIZE);
  }

  #addHooks(): void {
    const { unicorn, stop } = this;
    unicorn.hook_add(UcHook.MemInvalid, (_unicorn: Unicorn, type: number, address: bigint, size: number) => {
      stop.kind = 'memory';
      stop.access = accessOf(type);
      stop.address = address;
      stop.size = size;
      return false;
    });
    unicorn.hook_add(UcHook.Intr, (_unicorn: Unicorn, vector: number) => {
      stop.kind = 'interrupt';
      stop.vector = vector;
      unicorn.emu_stop();
    });
    unicorn.hook_add(UcHook.InsnInvalid, () => {
      stop.kind = 'invalid';
      return false;
    });
    const onSyscall = (): boolean => {
      stop.kind = 'syscall';
      unicorn.emu_stop();
      return true;
    };
    unicorn.hook_add(UcHook.Insn, onSyscall, undefined, 1n, 0n, UcInsn.Syscall);
    const onCpuid = (): boolean => {
      answerCpuid(unicorn);
      return true;
    };
    unicorn.hook_add(UcHook.Insn, onCpuid, undefined, 1n, 0n, UcInsn.Cpuid);
  }
}

/** The guest sees the same processor on every engine. */
function answerCpuid(unicorn: Unicorn): void {
  const input = (index: number): number => Number(unicorn.reg_read_i64(UC_GPR[index]!) & 0xffff_ffffn);
  const [eax, ebx, ecx, edx] = UNICORN_PROCESSOR.cpuid(input(Gpr.rax), input(Gpr.rcx));
  const output = (index: number, value: number): void => unicorn.reg_write_i64(UC_GPR[index]!, BigInt(value >>> 0));
  output(Gpr.rax, eax);
  output(Gpr.rbx, ebx);
  output(Gpr.rcx, ecx);
  output(Gpr.rdx, edx);
}

function accessOf(type: number): Access {
  switch (type) {
    case UcMemType.WriteUnmapped:
    case UcMemType.WriteProt:
      return Access.Write;
    case UcMemType.FetchUnmapped:
    case UcMemType.FetchProt:
      return Access.Execute;
    default:
      return Access.Read;
  }
}

/** Anything else is #GP, not a page fault. Source: SDM vol. 1, 3.3.7.1. */
export function isCanonical(address: bigint): boolean {
  const signed = BigInt.asIntN(64, address);
  return signed >= -BigInt(USER_LIMIT) && signed < BigInt(USER_LIMIT);
}

/** Below the kernel's half. */
function isUserAddress(address: bigint): boolean {
  return BigInt.asUintN(64, address) < BigInt(USER_LIMIT);
}
