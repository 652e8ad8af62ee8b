/**
 * One guest thread on Unicorn. The registers live in a CpuState block between runs and are carried into the emulator and back
 * in one batch each way.
 */
import { Evaluator, NO_TRAP } from '../evaluate/evaluator.ts';
import { Access, FaultOutcome } from '../memory/guest-memory.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import { STATE_SIZE, State } from '../state-layout.ts';
import { CpuState } from '../state.ts';
import { Trap } from '../engine.ts';
import type { Cpu } from '../engine.ts';
import { MAX_INSTRUCTION_LENGTH } from '../x86/decode.ts';
import { UNICORN_PROCESSOR } from './unicorn-processor.ts';
import { UC_GPR, UcError, UcReg } from './unicorn-api.ts';
import type { RegisterBatch, RegisterTransfer } from './unicorn-api.ts';
import { isCanonical } from './unicorn-space.ts';
import type { UnicornSpace } from './unicorn-space.ts';

/** No guest code is ever there, so `until` never stops a run: a jump to address 0 must fault like any other. */
const NOWHERE = 0xffff_ffff_ffff_fff0n;
/** A page that was resolved this often in a row for the same instruction: the memory contradicts itself. */
const MAX_RETRIES = 64;

/** Unicorn 2.0.1 has no POPCNT in its 64-bit processors, whatever model is asked for. */
const MISSING = new Set(['popcnt']);

export class UnicornCpu implements Cpu {
  readonly state: CpuState;
  readonly #space: UnicornSpace;
  readonly #release: () => void;
  readonly #registers: RegisterBatch;
  #outcome: FaultOutcome = FaultOutcome.Resolved;
  readonly #flags = new BigUint64Array(1);
  readonly #tags = new BigUint64Array(1);

  constructor(space: UnicornSpace, release: () => void) {
    this.#space = space;
    this.#release = release;
    this.state = new CpuState(new ArrayBuffer(STATE_SIZE), 0);
    this.state.reset();
    this.#registers = space.inProcess.register_batch(this.#transfers());
  }

  get memory(): GuestMemory {
    return this.#space.memory;
  }

  run(fuel: number): Trap {
    this.#space.beforeRun();
    for (;;) {
      this.#load();
      const trap = this.#execute(this.state.gpr[State.rip / 8]!, fuel);
      this.#store();
      if (this.#space.stop.kind === 'interrupt') this.#space.endException();
      if (trap !== Trap.InvalidOpcode) return this.#finish(trap);
      const evaluated = this.#evaluateMissing();
      if (evaluated !== NO_TRAP) return evaluated as Trap;
    }
  }

  /** Runs single instructions until RIP is `target`, at least one and at most `limit`; Preempted, or the trap that came first. */
  stepTo(target: bigint, limit: number): Trap {
    const { unicorn } = this.#space;
    this.#space.beforeRun();
    this.#load();
    for (let steps = 0; steps < limit; steps++) {
      const begin = unicorn.reg_read_i64(UcReg.rip);
      const trap = this.#execute(begin, 1);
      if (trap !== Trap.Preempted) {
        this.#store();
        if (this.#space.stop.kind === 'interrupt') this.#space.endException();
        const evaluated = trap === Trap.InvalidOpcode ? this.#evaluateMissing() : trap;
        if (evaluated !== NO_TRAP) return this.#finish(evaluated as Trap);
        this.#load();
      }
      if (unicorn.reg_read_i64(UcReg.rip) === target) break;
    }
    this.#store();
    return Trap.Preempted;
  }

  dispose(): void {
    this.#release();
  }

  /** Runs, resolving refused pages, until something else happens. */
  #execute(start: bigint, fuel: number): Trap {
    const { stop, unicorn, inProcess } = this.#space;
    let begin = start;
    for (let retries = 0, lastBegin = begin; ;) {
      this.#space.clearStop();
      const code = inProcess.emu_run(begin, NOWHERE, fuel);
      if (stop.kind !== 'memory') return this.#trapOf(code);
      // Unicorn counts an instruction when it fetches the next one: a refused fetch elsewhere means that a single step is done.
      if (fuel === 1 && stop.access === Access.Execute && unicorn.reg_read_i64(UcReg.rip) !== begin)
        return Trap.Preempted;
      if (!isCanonical(stop.address)) return Trap.GeneralProtection;
      this.#outcome = this.#space.resolve();
      if (this.#outcome !== FaultOutcome.Resolved) return Trap.PageFault;
      begin = unicorn.reg_read_i64(UcReg.rip);
      retries = begin === lastBegin ? retries + 1 : 0;
      lastBegin = begin;
      if (retries > MAX_RETRIES) throw new Error(`Unicorn keeps faulting at 0x${begin.toString(16)}`);
    }
  }

  #trapOf(code: number): Trap {
    const { stop } = this.#space;
    switch (stop.kind) {
      case 'syscall':
        return Trap.Syscall;
      case 'invalid':
        return Trap.InvalidOpcode;
      case 'interrupt':
        return trapOfVector(stop.vector);
      default:
        if (code === UcError.InsnInvalid) return Trap.InvalidOpcode;
        if (code !== UcError.Ok) throw new Error(`uc_emu_start answered ${code}`);
        return Trap.Preempted;
    }
  }

  /** Executes an instruction that our processor has and Unicorn does not: its trap or NO_TRAP; InvalidOpcode if it is not one. */
  #evaluateMissing(): number {
    const { state, memory } = this;
    const code = new Uint8Array(MAX_INSTRUCTION_LENGTH);
    const length = memory.read(state.rip, code);
    const instruction = UNICORN_PROCESSOR.decode(code.subarray(0, length), 0, state.rip);
    if (typeof instruction === 'number' || !MISSING.has(instruction.mnemonic)) return Trap.InvalidOpcode;
    return new Evaluator(state, memory, UNICORN_PROCESSOR).execute(instruction);
  }

  /** The parts of a trap's state that hardware sets and Unicorn doesn't. */
  #finish(trap: Trap): Trap {
    const { state } = this;
    const { stop } = this.#space;
    if (trap === Trap.Syscall) {
      state.gpr[1] = state.gpr[State.rip / 8]!;
      state.setNumber(11, state.rflags);
    } else if (trap === Trap.PageFault) {
      state.view.setBigUint64(State.trapAddress, BigInt.asUintN(64, stop.address), true);
      state.trapAccess = stop.access;
      state.trapReason = this.#outcome;
    } else if (trap === Trap.SoftwareInterrupt) {
      state.trapAddress = stop.vector;
    }
    state.view.setUint32(State.trapKind, trap, true);
    return trap;
  }

  #load(): void {
    const { state } = this;
    this.#flags[0] = BigInt(state.rflags);
    this.#tags[0] = BigInt(fullTags(state.bytes[State.ftw]!));
    this.#registers.write();
  }

  #store(): void {
    const { state } = this;
    this.#registers.read();
    state.rflags = Number(this.#flags[0]! & 0xffff_ffffn);
    state.bytes[State.ftw] = abridgedTags(Number(this.#tags[0]! & 0xffffn));
  }

  #transfers(): RegisterTransfer[] {
    const { bytes } = this.state;
    const at = (register: number, offset: number, size: number): RegisterTransfer => ({
      register,
      bytes: bytes.subarray(offset, offset + size),
    });
    const list = UC_GPR.map((register, index) => at(register, State.gpr + 8 * index, 8));
    list.push(at(UcReg.rip, State.rip, 8), at(UcReg.fsBase, State.fsBase, 8), at(UcReg.gsBase, State.gsBase, 8));
    list.push({ register: UcReg.eflags, bytes: new Uint8Array(this.#flags.buffer) });
    for (let index = 0; index < 16; index++) list.push(at(UcReg.xmm0 + index, State.xmm + 32 * index, 16));
    for (let index = 0; index < 8; index++) list.push(at(UcReg.fp0 + index, State.st + 16 * index, 10));
    list.push(at(UcReg.fpcw, State.fcw, 2), at(UcReg.fpsw, State.fsw, 2), at(UcReg.mxcsr, State.mxcsr, 4));
    list.push({ register: UcReg.fptag, bytes: new Uint8Array(this.#tags.buffer) });
    return list;
  }
}

/** Source: SDM vol. 3, table 6-1. */
function trapOfVector(vector: number): Trap {
  switch (vector) {
    case 0:
      return Trap.DivideError;
    case 1:
      return Trap.Debug;
    case 3:
      return Trap.Breakpoint;
    case 6:
      return Trap.InvalidOpcode;
    case 13:
      return Trap.GeneralProtection;
    case 16:
    case 19:
      return Trap.FloatingPoint;
    case 17:
      return Trap.AlignmentCheck;
    default:
      return Trap.SoftwareInterrupt;
  }
}

/** x87 tags: two bits a register (11 = empty) from one bit a register (0 = empty), and back. */
function fullTags(abridged: number): number {
  let tags = 0;
  for (let index = 0; index < 8; index++) if (!(abridged & (1 << index))) tags |= 3 << (2 * index);
  return tags;
}

function abridgedTags(tags: number): number {
  let abridged = 0;
  for (let index = 0; index < 8; index++) if (((tags >> (2 * index)) & 3) !== 3) abridged |= 1 << index;
  return abridged;
}
