/** k42 disasm, held against objdump; and the reader of ELF files behind it on damaged ones. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ElfFile } from '../../linuxabi/debug/elf-file.ts';
import { Random } from '../differential/random.ts';
import { command, requirement } from '../support/requirements.ts';
import { k42Command } from './person.ts';

const ready = await requirement('gcc and objdump', () => {
  command('gcc')();
  command('objdump')();
});
const [node, script] = k42Command;
const folder = mkdtempSync(join(tmpdir(), 'k42-disasm-'));
const program = join(folder, 'program');
afterAll(() => rmSync(folder, { recursive: true }));

const SOURCE = `
  #include <stdio.h>
  #include <stdlib.h>
  int counter;
  __attribute__((noinline)) double half(double x) { return x / 2 + counter; }
  __attribute__((noinline)) int work(int n) { int sum = 0; for (int i = 0; i < n; i++) sum += i ^ counter; return sum; }
  int main(int count, char **words) {
    counter = work(count > 1 ? atoi(words[1]) : 10);
    printf("%d %f\\n", counter, half(count));
    return 0;
  }`;

function disasm(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(node, [script, 'disasm', ...words], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** Address and bytes of each instruction. */
function codeOf(listing: string): string[] {
  return [...listing.matchAll(/^ *([0-9a-f]+):\s+((?:[0-9a-f]{2} )+)/gm)].map(
    ([, at, bytes]) => `${at} ${bytes!.trim()}`,
  );
}

describe.runIf(ready && process.arch === 'x64')('k42 disasm', () => {
  beforeAll(() => {
    writeFileSync(join(folder, 'program.c'), SOURCE);
    // -pie, so that both kinds of linker stubs may appear, whatever the compiler's default is.
    execFileSync('gcc', ['-O1', '-fPIE', '-pie', '-o', program, join(folder, 'program.c')]);
  });

  it.each(['main', 'work', 'half'])('lists %s as objdump does', (symbol) => {
    const theirs = execFileSync('objdump', ['-d', '--insn-width=16', `--disassemble=${symbol}`, program], {
      encoding: 'utf8',
    });
    const { status, stdout } = disasm(program, symbol);
    expect(status).toBe(0);
    expect(codeOf(stdout)).toEqual(codeOf(theirs));
    expect(codeOf(stdout).length).toBeGreaterThan(4);
    expect(stdout).not.toContain('(bad)');
  });

  it('names what code refers to: functions, stubs of the linker, variables', () => {
    const { stdout } = disasm(program, 'main');
    expect(stdout).toMatch(/<main>:\n/);
    expect(stdout).toMatch(/call 0x[0-9a-f]+ <work>/);
    expect(stdout).toMatch(/call 0x[0-9a-f]+ <printf@plt>/);
    expect(disasm(program, 'half').stdout).toMatch(/dword ptr \[0x[0-9a-f]+\] {2}# <counter>/);
  });

  it('lists all sections, a range of addresses, and says what is wrong', () => {
    const all = disasm(program).stdout;
    expect(all.match(/^Section .*/gm)).toContain('Section .text:');
    const [first] = codeOf(disasm(program, 'work').stdout);
    const start = Number.parseInt(first!, 16);
    const range = disasm(program, `0x${start.toString(16)}-${(start + 1).toString(16)}`).stdout;
    expect(codeOf(range)).toEqual([first]);
    expect(disasm(program, 'nosuch')).toMatchObject({
      status: 125,
      stderr: expect.stringContaining(`has no symbol 'nosuch'`),
    });
    expect(disasm(join(folder, 'program.c')).stderr).toMatch(/not an ELF file/);
  });

  it('reads what there is of a damaged file, and never fails otherwise', () => {
    const sound = readFileSync(program);
    const random = new Random(6);
    let opened = 0;
    for (let i = 0; i < 400; i++) {
      const bytes = new Uint8Array(sound.subarray(0, random.oneIn(4) ? random.below(sound.length) : sound.length));
      for (let n = 0; n < 40; n++) {
        // Half of the damage in the headers of file and sections.
        const at = random.oneIn(2) ? random.below(1024) : bytes.length - 1 - random.below(bytes.length || 1);
        if (at > 4 && at < bytes.length) bytes[at] = random.below(256);
      }
      const elf = ElfFile.open({
        sizeBytes: bytes.length,
        read: (offset, into) => {
          const found = bytes.subarray(offset, offset + into.length);
          into.set(found);
          return found.length;
        },
      });
      if (elf === undefined) continue;
      opened++;
      elf.symbols.at(elf.entry);
      elf.symbols.named('main');
      for (const { address, bytes: code } of elf.code()) expect(code.length + address).toBeGreaterThanOrEqual(0);
    }
    expect(opened).toBeGreaterThan(50);
  });
});
