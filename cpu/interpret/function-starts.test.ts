import { expect, it } from 'vitest';
import { PAGE_SIZE, guestAddress, pageOf } from '../address.ts';
import { ArenaPool } from '../memory/arena.ts';
import { PagedMemory } from '../memory/paged-memory.ts';
import { Processor } from '../processor.ts';
import { CodeCache } from './code-cache.ts';
import { FunctionStarts } from './function-starts.ts';
import { MemoryArchive } from '../archive-source.fixture.ts';
import { PageArchive } from './page-archive.ts';
import { InterpreterCode } from './interpreter.ts';

const CODE = 0x400000;

it('finds the nearest start before an address, a few pages back at most', () => {
  const starts = new FunctionStarts();
  for (const address of [0x1000, 0x1200, 0x1100, 0x3010]) starts.add(address);
  expect(starts.before(0x1180)).toBe(0x1100);
  expect(starts.before(0x1200)).toBe(0x1200);
  expect(starts.before(0x300f)).toBe(0x1200);
  expect(starts.before(0xfff)).toBeUndefined();
  expect(starts.before(0x3010 + 8 * PAGE_SIZE)).toBeUndefined();
});

it('learns the targets of direct calls, from fresh code and from code that an earlier start decoded', () => {
  // nop; call +0x20; and at +16 an indirect call
  const bytes = Uint8Array.from([
    0x90, 0xe8, 0x20, 0, 0, 0, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xd0,
  ]);
  const learn = (code: InterpreterCode): void => {
    const memory = new PagedMemory(new ArenaPool());
    memory.mapCopy(guestAddress(CODE), bytes, 5);
    const cache = new CodeCache(memory, code, new Processor(), 1000);
    cache.decode(CODE);
    cache.decode(CODE + 16);
    expect([...code.functions]).toEqual([CODE + 0x26]);
  };
  const first = new InterpreterCode('x86-64-v2');
  learn(first);
  const page = new Uint8Array(PAGE_SIZE);
  page.set(bytes);
  const archive = PageArchive.encode([first.pages.find(pageOf(CODE), page)]);
  learn(new InterpreterCode('x86-64-v2', undefined, new MemoryArchive(archive)));
});
