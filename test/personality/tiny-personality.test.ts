/**
 * A second personality on the kernel base, with a calling convention of its own: R8 says what is wanted (1: put the byte
 * in R9, 2: the end), the answer comes in R10. It uses Kernel, AddressSpace, dispatchers and an engine, and nothing of
 * `linuxabi`.
 */
import { describe, expect, it } from 'vitest';
import { PAGE_SIZE, guestAddress } from '../../cpu/address.ts';
import { Trap } from '../../cpu/engine.ts';
import type { Engine } from '../../cpu/engine.ts';
import { Permission } from '../../cpu/memory/guest-memory.ts';
import { FrameStore } from '../../cpu/memory/frame-store.ts';
import { createEngine } from '../../cli/engines.ts';
import type { Dispatcher } from '../../kernel/dispatcher.ts';
import { Kernel } from '../../kernel/kernel.ts';
import { Placement } from '../../kernel/memory/address-space.ts';

const CODE = 0x1000000;
const TEXT = CODE + PAGE_SIZE;
const Call = { Put: 1, End: 2 } as const;
const Register = { call: 8, argument: 9, answer: 10, rip: 19 } as const;

// prettier-ignore
const PROGRAM = Uint8Array.of(
  0x41, 0xbc, 0x00, 0x10, 0x00, 0x01, // mov r12d, TEXT
  0x45, 0x0f, 0xb6, 0x0c, 0x24,       // next: movzx r9d, byte [r12]
  0x45, 0x84, 0xc9,                   // test r9b, r9b
  0x74, 0x0d,                         // jz end
  0x41, 0xb8, 0x01, 0x00, 0x00, 0x00, // mov r8d, Put
  0x0f, 0x05,                         // syscall
  0x49, 0xff, 0xc4,                   // inc r12
  0xeb, 0xe9,                         // jmp next
  0x41, 0xb8, 0x02, 0x00, 0x00, 0x00, // end: mov r8d, End
  0x0f, 0x05,                         // syscall
);

function startProgram(kernel: Kernel, engine: Engine, text: string, put: (byte: number) => void): void {
  const space = kernel.memory.createSpace(engine.createMemory());
  const permissions = Permission.Read | Permission.Write | Permission.Execute;
  const lengthBytes = 2 * PAGE_SIZE;
  space.mapAnonymous({ placement: Placement.Fixed, address: CODE, lengthBytes, permissions, flags: 0 });
  space.memory.write(guestAddress(CODE), PROGRAM);
  space.memory.write(guestAddress(TEXT), Buffer.from(`${text}\0`));
  const cpu = engine.createCpu(space.memory);
  cpu.state.setNumber(Register.rip, CODE);
  const dispatcher: Dispatcher = kernel.scheduler.createDispatcher({
    runSlice(fuel) {
      const trap = cpu.run(fuel);
      if (trap === Trap.Preempted) return;
      if (trap !== Trap.Syscall) throw new Error(`trap ${trap}`);
      if (cpu.state.number(Register.call) === Call.Put) {
        put(cpu.state.low32(Register.argument));
        cpu.state.setNumber(Register.answer, 1);
        return;
      }
      expect(cpu.state.number(Register.call)).toBe(Call.End);
      dispatcher.end();
      cpu.dispose();
      space.dispose();
    },
  });
  dispatcher.start();
}

describe('a personality of its own', () => {
  it('runs two guest programs on the same base', async () => {
    const engine = await createEngine('native');
    const host = { nowNs: () => 0, defer: () => {}, wakeAt: () => ({ cancel: () => {} }) };
    const kernel = new Kernel({ host, frames: new FrameStore() });
    const texts = ['one base', 'many personalities'];
    const said = texts.map(() => '');
    texts.forEach((text, i) => startProgram(kernel, engine, text, (byte) => (said[i] += String.fromCharCode(byte))));
    while (kernel.scheduler.runNext());
    expect(said).toEqual(texts);
    const live = kernel.factories.census().filter((row) => row.live > 0);
    expect(live.map((row) => row.type)).toEqual(['scheduling-policy']);
  });
});
