/** --trace-asm, --dump-region and --trace-text on a program of a few instructions; options before a program of the host. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { command, requirement } from '../support/requirements.ts';
import { k42Command } from './person.ts';

const ready = (await requirement('gcc', command('gcc'))) && (await requirement('the default root', ensureDefaultRoot));
const [node, script] = k42Command;
const folder = mkdtempSync(join(tmpdir(), 'k42-aids-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Adds 3 + 2 + 1 in a function, turns a long loop in another; the sum is the exit status. */
const SOURCE = `
  .intel_syntax noprefix
  .globl _start
  .type _start, @function
  _start:
    xor eax, eax
    call turn
    mov r12d, eax
    call spin
    mov edi, r12d
    mov eax, 231
    syscall
  .size _start, .-_start
  .type turn, @function
  turn:
    mov ecx, 3
  1: add eax, ecx
    dec ecx
    jnz 1b
    movd xmm1, eax
    fld1
    ret
  .size turn, .-turn
  .type spin, @function
  spin:
    mov ecx, 50000
  2: lea rdx, [rdx+rcx]
    dec ecx
    jnz 2b
    ret
  .size spin, .-spin
`;

function k42(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(node, [script, ...words], { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** Without thread, addresses and the padding: place, instruction and changes. */
function bare(trace: string): string[] {
  return trace
    .trimEnd()
    .split('\n')
    .map((line) =>
      line
        .replace(/^\d+ +0x[0-9a-f]+ /, '')
        .replaceAll(/0x[0-9a-f]{5,8}\b/g, 'ADDRESS')
        .replaceAll(/ {2,}/g, ' | '),
    );
}

describe.runIf(ready && process.arch === 'x64')('debug aids', () => {
  beforeAll(() => {
    writeFileSync(join(folder, 'program.S'), SOURCE);
    execFileSync('gcc', ['-nostdlib', '-static', '-no-pie', '-o', 'program', 'program.S'], { cwd: folder });
  });

  it('--trace-asm shows each instruction of the code asked for, and what it changed', () => {
    const { status, stderr } = k42('--trace-asm', '--trace-asm-filter=turn', './program');
    expect(status).toBe(6);
    expect(bare(stderr)).toEqual([
      '<turn> | mov ecx, 3 | rcx=0x3',
      '<turn+0x5> | add eax, ecx | rax=0x3 eflags=[PF]',
      '<turn+0x7> | dec ecx | rcx=0x2 eflags=[]',
      '<turn+0x9> | jne ADDRESS <turn+0x5>',
      '<turn+0x5> | add eax, ecx | rax=0x5 eflags=[PF]',
      '<turn+0x7> | dec ecx | rcx=0x1 eflags=[]',
      '<turn+0x9> | jne ADDRESS <turn+0x5>',
      '<turn+0x5> | add eax, ecx | rax=0x6 eflags=[PF]',
      '<turn+0x7> | dec ecx | rcx=0x0 eflags=[PF ZF]',
      '<turn+0x9> | jne ADDRESS <turn+0x5>',
      `<turn+0xb> | movd xmm1, eax | xmm1=0x${'6'.padStart(32, '0')}`,
      '<turn+0xf> | fld1 | fsw=0x3800 ftw=0x80 st0=0x3fff8000000000000000',
      expect.stringMatching(/^<turn\+0x11> \| ret \| rsp=ADDRESS$/),
    ]);
  });

  it('--trace-asm writes all of it into a file, in time to the last instruction', () => {
    const { status, stderr } = k42('--trace-asm=trace', '--trace-asm-filter', '_start,turn', 'exec', './program');
    expect([status, stderr]).toEqual([125, expect.stringMatching(/takes no program/)]);
    expect(k42('exec', '--trace-asm=trace', './program').status).toBe(6);
    const lines = bare(readFileSync(join(folder, 'trace'), 'utf8'));
    expect(lines).toHaveLength(7 + 13 + 1 + 3 * 50_000 + 1);
    expect(lines[0]).toBe('<_start> | xor eax, eax | eflags=[PF ZF]');
    expect(lines.at(-1)).toMatch(/^<_start\+0x[0-9a-f]+> \| syscall \| rcx=ADDRESS r11=0x246$/);
    expect(lines.filter((line) => line.startsWith('<spin'))).toHaveLength(1 + 3 * 50_000 + 1);
  }, 60_000);

  it('--dump-region shows the guest code of a region and its Wasm', () => {
    const { status, stderr } = k42('--dump-region=spin', './program');
    expect(status).toBe(6);
    expect(stderr).toMatch(
      /^region of 0x[0-9a-f]+ <spin(\+0x5)?>: \d+ instructions in \d+ blocks, \d+ bytes of Wasm$/m,
    );
    expect(stderr).toMatch(/^ +[0-9a-f]+: +48 8d 14 0a +lea rdx, \[rdx\+rcx\]$/m);
    expect(stderr).toMatch(/^\(import "k42" "memory" \(memory\)\)$/m);
    expect(stderr).toMatch(/^ +loop$/m);
    expect(k42('--dump-region=turn', './program').stderr).toMatch(/^no region has that code/);
  });

  it('--trace-text has a line for each event, in order', () => {
    expect(k42('--trace-text=events', './program').status).toBe(6);
    const lines = readFileSync(join(folder, 'events'), 'utf8').trimEnd().split('\n');
    const times = lines.map((line) => Number(line.split(' ')[0]));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const text = lines.join('\n');
    for (const event of [
      'objectBorn factory',
      'regionMapped space',
      'pageFault space',
      'programLoaded process',
      'dispatch dispatcher',
    ])
      expect(text).toContain(` ${event} `);
    expect(text).toMatch(/ syscallEnter thread \d+ call 231 \(0x6, /);
    expect(text).toMatch(/ processEnded process \d+ status 1536$/m);
  });

  it('--trace-text counts what a fork makes and calls: no object, one call for a region', () => {
    const { status } = k42('run', '--trace-text', join(folder, 'forks'), 'bash', '-c', '(true); (true); true | true');
    expect(status).toBe(0);
    const text = readFileSync(join(folder, 'forks'), 'utf8');
    const forks = [...text.matchAll(/spaceForked .*: (\d+) regions, (\d+) new objects, (\d+) calls/g)];
    expect(forks.length).toBeGreaterThanOrEqual(2);
    for (const [, regions, objects, calls] of forks) {
      expect(Number(regions)).toBeLessThanOrEqual(12);
      expect([objects, Number(calls)]).toEqual(['0', Number(regions)]);
    }
    // From the parent's call to its result: what else the child needs is made without objects of the kernel, too.
    for (const [during] of text.matchAll(/syscallEnter thread \d+ call 5[67] [^]*?syscallExit thread \d+ call 5[67]/g))
      expect(during).not.toContain('objectBorn');
  });

  it('options before a program of the host are taken as before any other', () => {
    const { status, stderr } = k42('--profile', './program');
    expect(status).toBe(6);
    expect(stderr).toMatch(/exit_group$/m);
    expect(k42('-e', 'A=b', '--quiet', join(folder, 'program'))).toEqual({ status: 6, stdout: '', stderr: '' });
    expect(k42('--trace-asm-filter=x', './program').stderr).toMatch(/is for --trace-asm/);
    expect(k42('--dump-region=x', '--engine=unicorn', './program').stderr).toMatch(/works with --engine native/);
  });
});
