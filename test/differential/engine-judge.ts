/**
 * An Engine as a judge: runs cases on a Cpu of it and answers in the records of machine-record.ts. The code ends in INT3 like on
 * the host, so nothing depends on how exactly an engine counts fuel.
 */
import { guestAddress, PAGE_SIZE } from '../../cpu/address.ts';
import { Trap } from '../../cpu/engine.ts';
import type { Cpu, Engine } from '../../cpu/engine.ts';
import { Access, Permission } from '../../cpu/memory/guest-memory.ts';
import type { GuestMemory } from '../../cpu/memory/guest-memory.ts';
import type { Arithmetic } from '../../cpu/translate/translated-block.ts';
import { State } from '../../cpu/state-layout.ts';
import type { CpuState } from '../../cpu/state.ts';
import {
  CODE,
  CODE_PAGES,
  DATA,
  DATA_PAGES,
  dataBackground,
  Fx,
  Result,
  RESULT_SIZE,
  ResultBatch,
  Signal,
  Vector,
  WINDOW1,
  WINDOW1_SIZE,
  WINDOW2,
  WINDOW2_SIZE,
} from './machine-record.ts';
import type { CaseBatch, MachineCase, MachineResult } from './machine-record.ts';

/** More than any terminating case needs: the longest is a repeated string instruction over the data pages. */
const FUEL = 20000;
const DATA_SIZE = DATA_PAGES * PAGE_SIZE;

export class EngineJudge {
  readonly name: string;
  readonly #memory: GuestMemory;
  readonly #cpu: Cpu;
  readonly #arithmetic: Arithmetic;
  readonly #background = dataBackground();
  readonly #now = new Uint8Array(DATA_SIZE);

  /** `arithmetic`: of translated code. */
  constructor(engine: Engine, arithmetic: Arithmetic = 'plain') {
    this.#arithmetic = arithmetic;
    this.name = engine.name;
    this.#memory = engine.createMemory();
    this.#cpu = engine.createCpu(this.#memory);
    this.#memory.mapZero(guestAddress(DATA), DATA_PAGES, Permission.Read | Permission.Write);
    this.#memory.write(guestAddress(DATA), this.#background);
    this.#memory.protect(guestAddress(DATA + 2 * PAGE_SIZE), 1, Permission.Read);
  }

  run(batch: CaseBatch): ResultBatch {
    const output = new ResultBatch(new ArrayBuffer(batch.cases.length * RESULT_SIZE));
    this.#mapCode(batch.cases);
    for (const [index, machineCase] of batch.cases.entries()) this.#runCase(machineCase, output.results[index]!);
    return output;
  }

  close(): void {
    this.#cpu.dispose();
    this.#memory.dispose();
  }

  /** The code pages as the runner has them: INT3 wherever no case is. */
  #mapCode(cases: readonly MachineCase[]): void {
    const image = new Uint8Array(CODE_PAGES * PAGE_SIZE).fill(0xcc);
    for (const machineCase of cases) image.set(machineCase.code, machineCase.codeAddress - CODE);
    for (let page = 0; page < CODE_PAGES; page++) {
      const bytes = image.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
      const permissions = Permission.Read | Permission.Write | Permission.Execute;
      this.#memory.mapCopy(guestAddress(CODE + page * PAGE_SIZE), bytes, permissions);
    }
  }

  #runCase(machineCase: MachineCase, result: MachineResult): void {
    this.#setData(machineCase);
    const { state } = this.#cpu;
    loadState(state, machineCase);
    if (this.#arithmetic === 'watchful') state.watchExceptions();
    const trap = this.#cpu.run(FUEL);
    storeState(state, result);
    result.view.setUint32(Result.rflags, state.rflags, true);
    storeTrap(trap, state, result);
    this.#storeData(result);
  }

  #setData(machineCase: MachineCase): void {
    this.#putBytes(WINDOW1, machineCase.window1);
    this.#putBytes(WINDOW2, machineCase.window2);
  }

  /** Into present pages, read-only ones included. */
  #putBytes(address: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const at = address + done;
      const offset = at % PAGE_SIZE;
      const part = bytes.subarray(done, done + Math.min(PAGE_SIZE - offset, bytes.length - done));
      // A page that the engine has guarded asks before it is written.
      if (at < DATA + 2 * PAGE_SIZE) this.#memory.probe(guestAddress(at), part.length, Access.Write);
      this.#memory.pageBytes(guestAddress(at - offset))!.set(part, offset);
      done += part.length;
    }
  }

  #storeData(result: MachineResult): void {
    const now = this.#now;
    this.#memory.read(guestAddress(DATA), now);
    result.bytes.set(now.subarray(WINDOW1 - DATA, WINDOW1 - DATA + WINDOW1_SIZE), Result.window1);
    result.bytes.set(now.subarray(WINDOW2 - DATA, WINDOW2 - DATA + WINDOW2_SIZE), Result.window2);
    const stray = this.#strayWrite(now);
    result.view.setInt32(Result.strayWrite, stray, true);
    if (stray >= 0) this.#putBytes(DATA, this.#background.subarray(0, 2 * PAGE_SIZE));
  }

  #strayWrite(now: Uint8Array): number {
    const background = this.#background;
    const ranges = [
      [0, WINDOW1 - DATA],
      [WINDOW1 - DATA + WINDOW1_SIZE, WINDOW2 - DATA],
      [WINDOW2 - DATA + WINDOW2_SIZE, DATA_SIZE],
    ] as const;
    for (const [from, to] of ranges) for (let at = from; at < to; at++) if (now[at] !== background[at]) return at;
    return -1;
  }
}

/** FXSAVE keeps the x87 stack relative to TOP, CpuState by physical register. */
export function loadState(state: CpuState, machineCase: MachineCase): void {
  const fx = machineCase.fx;
  const fxView = new DataView(fx.buffer, fx.byteOffset, fx.length);
  state.reset();
  state.gpr.set(machineCase.gpr, 0);
  state.rip = machineCase.codeAddress;
  state.rflags = machineCase.rflags;
  state.view.setUint16(State.fcw, fxView.getUint16(Fx.fcw, true), true);
  const fsw = fxView.getUint16(Fx.fsw, true);
  state.view.setUint16(State.fsw, fsw, true);
  state.bytes[State.ftw] = fx[Fx.ftw]!;
  state.view.setUint32(State.mxcsr, fxView.getUint32(Fx.mxcsr, true), true);
  for (let index = 0; index < 8; index++) {
    const physical = ((fsw >> 11) + index) & 7;
    state.bytes.set(fx.subarray(Fx.st + 16 * index, Fx.st + 16 * index + 10), State.st + 16 * physical);
  }
  for (let index = 0; index < 16; index++) {
    state.bytes.set(fx.subarray(Fx.xmm + 16 * index, Fx.xmm + 16 * index + 16), State.xmm + 32 * index);
    state.bytes.set(machineCase.ymm.subarray(16 * index, 16 * index + 16), State.xmm + 32 * index + 16);
  }
}

export function storeState(state: CpuState, result: MachineResult): void {
  const { fx } = result;
  const fxView = new DataView(fx.buffer, fx.byteOffset, fx.length);
  result.gpr.set(state.gpr.subarray(0, 16));
  result.view.setBigUint64(Result.rip, state.gpr[State.rip / 8]!, true);
  fxView.setUint16(Fx.fcw, state.view.getUint16(State.fcw, true), true);
  const fsw = state.view.getUint16(State.fsw, true);
  fxView.setUint16(Fx.fsw, fsw, true);
  fx[Fx.ftw] = state.bytes[State.ftw]!;
  fxView.setUint32(Fx.mxcsr, state.view.getUint32(State.mxcsr, true), true);
  for (let index = 0; index < 8; index++) {
    const physical = State.st + 16 * (((fsw >> 11) + index) & 7);
    fx.set(state.bytes.subarray(physical, physical + 10), Fx.st + 16 * index);
  }
  for (let index = 0; index < 16; index++) {
    fx.set(state.bytes.subarray(State.xmm + 32 * index, State.xmm + 32 * index + 16), Fx.xmm + 16 * index);
    result.ymm.set(state.bytes.subarray(State.xmm + 32 * index + 16, State.xmm + 32 * index + 32), 16 * index);
  }
}

/** What Linux makes of each trap. */
const TRAPS: Readonly<Record<Trap, readonly [signal: number, vector: number]>> = {
  [Trap.Preempted]: [Signal.VTALRM, -1],
  [Trap.Syscall]: [Signal.TRAP, -1],
  [Trap.PageFault]: [Signal.SEGV, Vector.Page],
  [Trap.InvalidOpcode]: [Signal.ILL, Vector.InvalidOpcode],
  [Trap.DivideError]: [Signal.FPE, Vector.Divide],
  [Trap.Breakpoint]: [Signal.TRAP, Vector.Breakpoint],
  [Trap.Debug]: [Signal.TRAP, Vector.Debug],
  [Trap.GeneralProtection]: [Signal.SEGV, Vector.Protection],
  [Trap.FloatingPoint]: [Signal.FPE, Vector.X87],
  [Trap.AlignmentCheck]: [Signal.BUS, Vector.Alignment],
  [Trap.StackFault]: [Signal.BUS, Vector.Stack],
  [Trap.SoftwareInterrupt]: [Signal.SEGV, Vector.Protection],
  [Trap.BreakpointReached]: [Signal.TRAP, Vector.Debug],
};

export function storeTrap(trap: Trap, state: CpuState, result: MachineResult): void {
  const [signal, vector] = TRAPS[trap];
  result.view.setInt32(Result.signal, signal, true);
  result.view.setInt32(Result.trapNumber, vector, true);
  result.view.setBigUint64(
    Result.address,
    trap === Trap.PageFault ? state.view.getBigUint64(State.trapAddress, true) : 0n,
    true,
  );
}
