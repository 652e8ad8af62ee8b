import { describe, expect, it, vi } from 'vitest';
import { guestAddress, PAGE_SIZE } from '../address.ts';
import { Trap, type Cpu, type Engine } from '../engine.ts';
import { Evaluator } from '../evaluate/evaluator.ts';
import { EvaluatorEngine } from '../evaluate/evaluator-engine.ts';
import { ArenaPool } from '../memory/arena.ts';
import { FaultOutcome, Permission, type GuestMemory } from '../memory/guest-memory.ts';
import { PagedMemory } from '../memory/paged-memory.ts';
import { NativeEngine } from '../native-engine.ts';
import { Gpr, State } from '../state-layout.ts';
import { Place, randomNumbers, randomProgram } from './random-program.ts';

const READ_WRITE = Permission.Read | Permission.Write;

interface Machine {
  readonly cpu: Cpu;
  readonly memory: GuestMemory;
}

function machine(engine: Engine, code: Uint8Array, dataPages = 2): Machine {
  const memory = engine.createMemory();
  memory.setFaultHandler(() => FaultOutcome.Unmapped);
  for (let at = 0; at < code.length; at += PAGE_SIZE)
    memory.mapCopy(
      guestAddress(Place.code + at),
      code.subarray(at, at + PAGE_SIZE),
      Permission.Read | Permission.Execute,
    );
  memory.mapZero(guestAddress(Place.data), dataPages, READ_WRITE);
  memory.mapZero(guestAddress(Place.stack), 1, READ_WRITE);
  const cpu = engine.createCpu(memory);
  cpu.state.rip = Place.code;
  return { cpu, memory };
}

function fillRegisters({ cpu }: Machine, seed: number): void {
  const random = randomNumbers(seed ^ 0x55aa);
  for (let i = 0; i < 16; i++) {
    const small = random(3) === 0;
    cpu.state.gpr[i] = small ? BigInt(random(256)) : (BigInt(random(2 ** 31)) << 33n) ^ BigInt(random(2 ** 31));
  }
  cpu.state.setNumber(Gpr.rsp, Place.stack + PAGE_SIZE - 64);
  cpu.state.setNumber(Gpr.rbx, Place.data);
}

function runToTrap({ cpu }: Machine): Trap {
  for (let slices = 0; slices < 1000; slices++) {
    const trap = cpu.run(10_000);
    if (trap !== Trap.Preempted) return trap;
  }
  throw new Error('does not end');
}

/** Everything the guest can see. */
function outcome(subject: Machine, trap: Trap): unknown {
  const { cpu, memory } = subject;
  const data = new Uint8Array(2 * PAGE_SIZE);
  const read = memory.read(guestAddress(Place.data), data);
  const stack = new Uint8Array(PAGE_SIZE);
  memory.read(guestAddress(Place.stack), stack);
  return {
    trap,
    rip: cpu.state.rip.toString(16),
    gpr: [...cpu.state.gpr.subarray(0, 16)].map((value) => value.toString(16)),
    // At a fault, flags that the code would overwrite before it reads them need not be there: see README, Provisional.
    flags: trap === Trap.PageFault ? 'not compared' : cpu.state.rflags.toString(2),
    data: Buffer.from(data.subarray(0, read)).toString('hex'),
    stack: Buffer.from(stack).toString('hex'),
  };
}

const pool = new ArenaPool();
const evaluator = new EvaluatorEngine(() => new PagedMemory(pool));
const translating = new NativeEngine({ hotAfter: 1 });

function expectSame(code: Uint8Array, seed: number, dataPages = 2, prepare?: (subject: Machine) => void): void {
  const results = [evaluator, translating].map((engine) => {
    const subject = machine(engine, code, dataPages);
    fillRegisters(subject, seed);
    prepare?.(subject);
    const result = outcome(subject, runToTrap(subject));
    subject.cpu.dispose();
    subject.memory.dispose();
    return result;
  });
  expect(results[1], `seed ${seed}, code ${Buffer.from(code).toString('hex')}`).toEqual(results[0]);
}

/** mov ecx, 100; loop: add eax, 3; dec ecx; jnz loop; syscall */
const COUNTING = Uint8Array.from([0xb9, 100, 0, 0, 0, 0x83, 0xc0, 3, 0xff, 0xc9, 0x75, 0xf9, 0x0f, 0x05]);

describe('translated code', () => {
  it('is dropped when its page is written to', () => {
    const subject = machine(new NativeEngine({ hotAfter: 1 }), COUNTING);
    const { cpu, memory } = subject;
    expect(runToTrap(subject)).toBe(Trap.Syscall);
    expect(cpu.state.number(Gpr.rax)).toBe(300);
    memory.protect(guestAddress(Place.code), 1, Permission.Read | Permission.Write | Permission.Execute);
    memory.writeU8(guestAddress(Place.code + 7), 5);
    cpu.state.rip = Place.code;
    cpu.state.setNumber(Gpr.rax, 0);
    expect(runToTrap(subject)).toBe(Trap.Syscall);
    expect(cpu.state.number(Gpr.rax)).toBe(500);
  });

  it('keeps what was written on the way to an indirect jump with one target', () => {
    // mov edi, 100; loop: test dil, 1; jz target; add esi, 5; lea rcx, [rip + target]; jmp rcx; target: dec edi; jnz loop; syscall
    const head = [0xbf, 100, 0, 0, 0, 0x40, 0xf6, 0xc7, 1, 0x74, 12];
    const jump = [0x83, 0xc6, 5, 0x48, 0x8d, 0x0d, 2, 0, 0, 0, 0xff, 0xe1];
    const tail = [0xff, 0xcf, 0x75, 0xea, 0x0f, 0x05];
    for (let seed = 1; seed < 4; seed++) expectSame(Uint8Array.from([...head, ...jump, ...tail]), seed);
  });

  it('finds computed jumps through a table whose address is in a register', () => {
    // mov edi, 3000; xor eax, eax; lea rdx, [rip + table]; loop: dec edi; jz end; mov ecx, edi; and ecx, 3; mov rcx, [rdx + rcx*8]; jmp rcx
    const head = [0xbf, 0xb8, 0x0b, 0, 0, 0x31, 0xc0, 0x48, 0x8d, 0x15, 0x2c, 0, 0, 0];
    const loop = [0xff, 0xcf, 0x74, 0x1f, 0x89, 0xf9, 0x83, 0xe1, 3, 0x48, 0x8b, 0x0c, 0xca, 0xff, 0xe1];
    // each target: add eax, its number (or the like); jmp loop
    const targets = [1, 3, 7, 15].flatMap((step, i) => [0x83, 0xc0, step, 0xeb, -15 - 5 * (i + 1)]);
    const end = [0x0f, 0x05, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90];
    const code = Uint8Array.from([...head, ...loop, ...targets, ...end]);
    const table = new BigUint64Array([0, 1, 2, 3].map((i) => BigInt(Place.code + head.length + loop.length + 5 * i)));
    const engine = new NativeEngine({ hotAfter: 20 });
    const subject = machine(engine, Uint8Array.from([...code, ...new Uint8Array(table.buffer)]));
    expect(runToTrap(subject)).toBe(Trap.Syscall);
    expect(subject.cpu.state.number(Gpr.rax)).toBe(750 * 26 - 1);
    // Together they make one region.
    expect(engine.modules.regions).toBeLessThanOrEqual(2);
  });

  it('takes in a small function that is called through a variable, and follows the variable when it changes', () => {
    // loop: call stub; dec r15d; jnz loop; syscall; stub: jmp [rip + variable]; add eax, 3; ret; add eax, 5; ret
    const loop = [0xe8, 7, 0, 0, 0, 0x41, 0xff, 0xcf, 0x75, 0xf6, 0x0f, 0x05];
    const distance = Int32Array.of(Place.data - (Place.code + 18));
    const stub = [0xff, 0x25, ...new Uint8Array(distance.buffer)];
    const functions = [0x83, 0xc0, 3, 0xc3, 0x83, 0xc0, 5, 0xc3];
    const engine = new NativeEngine({ hotAfter: 20 });
    const subject = machine(engine, Uint8Array.from([...loop, ...stub, ...functions]));
    const { cpu, memory } = subject;
    cpu.state.setNumber(Gpr.rsp, Place.stack + PAGE_SIZE - 64);
    const run = (target: number): number => {
      memory.writeU64(guestAddress(Place.data), BigInt(target));
      cpu.state.rip = Place.code;
      cpu.state.setNumber(Gpr.rax, 0);
      cpu.state.setNumber(Gpr.r15, 3000);
      expect(runToTrap(subject)).toBe(Trap.Syscall);
      return cpu.state.number(Gpr.rax);
    };
    expect(run(Place.code + 18)).toBe(9000);
    // Loop, stub and function together.
    expect(engine.modules.regions).toBe(1);
    expect(run(Place.code + 22)).toBe(15_000);
    expect(run(Place.code + 18)).toBe(9000);
  });

  it('runs a program again in a recycled memory, and another one after it', () => {
    const engine = new NativeEngine({ hotAfter: 1 });
    const other = COUNTING.slice();
    other[7] = 5;
    const results = [COUNTING, COUNTING, other, COUNTING].map((code) => {
      const subject = machine(engine, code);
      subject.cpu.state.setNumber(Gpr.rax, 0);
      expect(runToTrap(subject)).toBe(Trap.Syscall);
      const { wasm } = subject.memory as PagedMemory;
      const answer = subject.cpu.state.number(Gpr.rax);
      subject.cpu.dispose();
      subject.memory.dispose();
      return { wasm, answer };
    });
    expect(results.map(({ answer }) => answer)).toEqual([300, 300, 500, 300]);
    expect(new Set(results.map(({ wasm }) => wasm)).size).toBe(1);
  });

  it('leaves an endless loop when the fuel is used up', () => {
    const subject = machine(new NativeEngine({ hotAfter: 1 }), Uint8Array.from([0xff, 0xc0, 0xeb, 0xfc]));
    expect(subject.cpu.run(100_000)).toBe(Trap.Preempted);
    expect(subject.cpu.state.rip).toBeGreaterThanOrEqual(Place.code);
    expect(subject.cpu.state.rip).toBeLessThan(Place.code + 4);
    expect(subject.cpu.state.number(Gpr.rax)).toBeGreaterThan(10_000);
  });

  it('is compiled once for several address spaces with the same code, and anew for other code', () => {
    const engine = new NativeEngine({ hotAfter: 1 });
    const module = vi.spyOn(WebAssembly, 'Module');
    const other = COUNTING.slice();
    other[7] = 4;
    const compiled = [COUNTING, COUNTING, other].map((code) => {
      module.mockClear();
      expect(runToTrap(machine(engine, code))).toBe(Trap.Syscall);
      return module.mock.calls.length;
    });
    module.mockRestore();
    expect(compiled[1]).toBe(0);
    expect(compiled[2]).toBe(1);
  });

  it('compares strings as the evaluator does, by every control byte', () => {
    const random = randomNumbers(7);
    for (let control = 0; control < 128; control += 2) {
      // mov r15d, 3; loop: pcmpistri xmm0, [rbx], control; pushf; push rcx; pcmpistri xmm0, xmm1, control; dec r15d; jnz loop; syscall
      const code = [0x41, 0xbf, 3, 0, 0, 0, 0x66, 0x0f, 0x3a, 0x63, 0x03, control, 0x9c, 0x51];
      code.push(0x66, 0x0f, 0x3a, 0x63, 0xc1, control, 0x9c, 0x51, 0x41, 0xff, 0xcf, 0x75, 0xeb, 0x0f, 0x05);
      // A small alphabet, a zero here and there: everything happens.
      const texts = Array.from({ length: 3 }, () =>
        Uint8Array.from({ length: 16 }, () => [0, 65, 66, 200, 67][random(5)]!),
      );
      const [memory, ...registers] = texts.map((text) => (random(2) ? text : text.map((byte) => byte || 65)));
      expectSame(Uint8Array.from(code), control, 2, (subject) => {
        subject.memory.write(guestAddress(Place.data), memory!);
        registers.forEach((text, i) => subject.cpu.state.bytes.set(text, State.xmm + 32 * i));
      });
    }
  });

  it('stores the control words of x87 and SSE without leaving for the evaluator', () => {
    // mov r15d, 50; loop: fnstcw [rbx + 1]; stmxcsr [rbx + 8]; dec r15d; jnz loop; syscall
    const loop = [0xd9, 0x7b, 1, 0x0f, 0xae, 0x5b, 8, 0x41, 0xff, 0xcf, 0x75, 0xf4];
    const subject = machine(
      new NativeEngine({ hotAfter: 1 }),
      Uint8Array.from([0x41, 0xbf, 50, 0, 0, 0, ...loop, 0x0f, 0x05]),
    );
    const { cpu, memory } = subject;
    const evaluated = vi.spyOn(Evaluator.prototype, 'execute');
    cpu.state.setNumber(Gpr.rbx, Place.data);
    cpu.state.view.setUint16(State.fcw, 0xf7f, true);
    // Next to the control word, and not part of it.
    cpu.state.view.setUint16(State.fsw, 0x3800, true);
    cpu.state.view.setUint32(State.mxcsr, 0x1fa1, true);
    expect(runToTrap(subject)).toBe(Trap.Syscall);
    expect(memory.readU32(guestAddress(Place.data))).toBe(0xf7f00);
    expect(memory.readU64(guestAddress(Place.data + 8))).toBe(0x1fa1n);
    expect(evaluated).not.toHaveBeenCalled();
    evaluated.mockRestore();
  });

  it('has the flags that code past the end of a region reads', () => {
    const jumps = Array.from({ length: 60 }, () => [0x70, 0]).flat();
    // mov r15d, 9; loop: cmp eax, eax; jo .. (more blocks than a region has); setz cl; add edx, ecx; dec r15d; jnz loop; syscall
    const loop = [0x39, 0xc0, ...jumps, 0x0f, 0x94, 0xc1, 0x01, 0xca, 0x41, 0xff, 0xcf];
    const back = [...new Uint8Array(Int32Array.of(-(loop.length + 6)).buffer)];
    expectSame(Uint8Array.from([0x41, 0xbf, 9, 0, 0, 0, ...loop, 0x0f, 0x85, ...back, 0x0f, 0x05]), 1);
  });

  // A table of return sites whose first one was far from all others was read backwards.
  it('returns to the place after the call when calls of a function are far apart', () => {
    const far = 6000;
    const code = new Uint8Array(2 * PAGE_SIZE);
    const call = (at: number): number[] => [0xe8, ...relative(far + 56 - (at + 5)), 0x83, 0xc0, at & 0x3f];
    const relative = (distance: number): number[] => [...new Uint8Array(Int32Array.of(distance).buffer)];
    code.set([0xb9, 100, 0, 0, 0, ...call(5), 0xe9, ...relative(far - 18)]);
    for (let i = 0; i < 4; i++) code.set(call(far + 8 * i), far + 8 * i);
    // dec ecx; jnz to the first call; syscall
    code.set([0xff, 0xc9, 0x0f, 0x85, ...relative(5 - (far + 40)), 0x0f, 0x05], far + 32);
    // rol eax, 1; ret
    code.set([0xd1, 0xc0, 0xc3], far + 56);
    expectSame(code, 1);
  });

  // Indirect calls are not taken into the region: they are nested calls of the trampoline.
  it('calls and returns deeper than nested calls go', () => {
    // mov r15d, 9; loop: mov ecx, 400; call rax; dec r15d; jnz loop; syscall
    const main = [0x41, 0xbf, 9, 0, 0, 0, 0xb9, 0x90, 1, 0, 0, 0xff, 0xd0, 0x41, 0xff, 0xcf, 0x75, 0xf4, 0x0f, 0x05];
    // dec ecx; jz +2; call rax; inc edx; ret
    const callee = [0xff, 0xc9, 0x74, 0x02, 0xff, 0xd0, 0xff, 0xc2, 0xc3];
    expectSame(Uint8Array.from([...main, ...callee]), 1, 2, ({ cpu }) => {
      cpu.state.setNumber(Gpr.rax, Place.code + main.length);
    });
  });

  it('follows a function that returns to another place than it was called from', () => {
    // mov r15d, 50; loop: call rax; inc edx; inc ecx; dec r15d; jnz loop; syscall
    const main = [
      0x41, 0xbf, 50, 0, 0, 0, 0xff, 0xd0, 0xff, 0xc2, 0xff, 0xc1, 0x41, 0xff, 0xcf, 0x75, 0xf5, 0x0f, 0x05,
    ];
    // add qword [rsp], 2; ret: over `inc edx`
    const callee = [0x48, 0x83, 0x04, 0x24, 2, 0xc3];
    expectSame(Uint8Array.from([...main, ...callee]), 1, 2, ({ cpu }) => {
      cpu.state.setNumber(Gpr.rax, Place.code + main.length);
    });
  });

  it('leaves the same registers, flags and memory as the evaluator, over random programs', () => {
    for (let seed = 1; seed <= 150; seed++) expectSame(randomProgram(randomNumbers(seed), 3), seed);
    expect(translating.counts.regionEntries).toBeGreaterThan(100);
  });

  it('stops at the same fault with the same state when the data ends after one page', () => {
    for (let seed = 1000; seed < 1060; seed++) expectSame(randomProgram(randomNumbers(seed), 3), seed, 1);
  });
});

describe('repeated moves and stores', () => {
  const WIDTHS = [
    ['b', [0xf3, 0xa4], [0xf3, 0xaa]],
    ['w', [0xf3, 0x66, 0xa5], [0xf3, 0x66, 0xab]],
    ['d', [0xf3, 0xa5], [0xf3, 0xab]],
    ['q', [0xf3, 0x48, 0xa5], [0xf3, 0x48, 0xab]],
  ] as const;
  /** mov r15d, 3; again: mov rdi, r8; mov rsi, r9; mov rcx, r10; the instruction; dec r15; jnz again; syscall */
  const program = (instruction: readonly number[]): Uint8Array => {
    const body = [0x4c, 0x89, 0xc7, 0x4c, 0x89, 0xce, 0x4c, 0x89, 0xd1, ...instruction, 0x49, 0xff, 0xcf, 0x75];
    return Uint8Array.from([0x41, 0xbf, 3, 0, 0, 0, ...body, 0x100 - body.length - 1, 0x0f, 0x05]);
  };
  /** From, to, and iterations: few, a page and more, overlapping upwards and downwards, over the end of what is mapped. */
  const PLACES = [
    [0, 100, 0],
    [0, 100, 5],
    [3, 1001, 30],
    [0, 4096 - 40, 64],
    [64, 2048, 500],
    [100, 108, 100],
    [108, 100, 100],
    [101, 100, 700],
    [10, 4090, 900],
    [4096, 0, 512],
    [0, 8192 - 70, 100],
    [8192 - 70, 0, 100],
  ] as const;

  for (const [width, move, store] of WIDTHS) {
    it.each([
      ['movs', move],
      ['stos', store],
    ] as const)(`%s${width} does what the evaluator does`, (_name, instruction) => {
      PLACES.forEach(([from, to, count], index) => {
        expectSame(program(instruction), index, 2, ({ cpu, memory }) => {
          const random = randomNumbers(index + 7);
          for (let at = 0; at < 2 * PAGE_SIZE; at += 4) memory.writeU32(guestAddress(Place.data + at), random(2 ** 31));
          if (index % 2 === 0) cpu.state.setNumber(Gpr.rax, 0);
          cpu.state.setNumber(Gpr.r9, Place.data + from);
          cpu.state.setNumber(Gpr.r8, Place.data + to);
          cpu.state.setNumber(Gpr.r10, count);
        });
      });
    });
  }

  it('downwards, too', () => {
    const down = Uint8Array.from([0xfd, ...program([0xf3, 0xa4])]);
    expectSame(down, 1, 2, ({ cpu }) => {
      cpu.state.setNumber(Gpr.r9, Place.data + 300);
      cpu.state.setNumber(Gpr.r8, Place.data + 2000);
      cpu.state.setNumber(Gpr.r10, 200);
    });
  });
});

it('more regions than others can reach without the trampoline', () => {
  const engine = new NativeEngine({ tiers: 'translate', hotAfter: 20 });
  const memory = engine.createMemory();
  const functions = 700;
  const [caller, callees, stack] = [0x400000, 0x420000, 0x500000];
  memory.mapZero(guestAddress(caller), 0x40, 7);
  memory.mapZero(guestAddress(stack - 0x1000), 1, 3);
  const code = new DataView(new ArrayBuffer(0x40000));
  const put = (at: number, ...bytes: number[]): void =>
    bytes.forEach((byte, i) => code.setUint8(at - caller + i, byte));
  let at = caller;
  let sum = 0;
  for (let i = 0; i < functions; i++, at += 5) {
    const callee = callees + i * 16;
    put(at, 0xe8); // call callee
    code.setInt32(at + 1 - caller, callee - at - 5, true);
    put(callee, 0x81, 0xc0, i & 0xff, i >> 8, 0, 0, 0xc3); // add eax, i; ret
    sum += i;
  }
  put(at, 0xff, 0xc9, 0x0f, 0x85); // dec ecx; jnz caller
  code.setInt32(at + 4 - caller, caller - at - 8, true);
  put(at + 8, 0x0f, 0x05);
  memory.write(guestAddress(caller), new Uint8Array(code.buffer));
  const cpu = engine.createCpu(memory);
  const turns = 2000;
  cpu.state.rip = caller;
  cpu.state.setNumber(Gpr.rsp, stack);
  cpu.state.setNumber(Gpr.rcx, turns);
  expect(cpu.run(1e9)).toBe(Trap.Syscall);
  expect(cpu.state.number(Gpr.rax)).toBe(turns * sum);
  expect(engine.modules.regions).toBeGreaterThan(256);
});
