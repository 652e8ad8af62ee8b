/** The loader against the host's Linux: spoilt ELF files and scripts give the same error, signal or arguments. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guestAddress } from '../../cpu/address.ts';
import { Access, FaultOutcome } from '../../cpu/memory/guest-memory.ts';
import { ArrayFile, testMachine } from '../../kernel/memory/fixtures.ts';
import { command, requirement } from '../../test/support/requirements.ts';
import { ET_DYN, Ehdr, PF_R, PF_W, PF_X, PT_GNU_STACK, PT_INTERP } from '../abi/elf.ts';
import { E2BIG, EACCES, ENOENT } from '../abi/errno.ts';
import { SIGBUS, SIGSEGV } from '../abi/signal.ts';
import { WAIT } from '../blocking.ts';
import { ProgramLoader } from './program-loader.ts';
import type { LoadedProgram } from './load-program.ts';
import { NativeHost } from './native.fixture.ts';
import type { ExecutableFile, ResolvedProgram } from './resolve-program.ts';
import { BASE, CODE, buildElf, dataSegment } from './testdata/elf-builder.ts';
import type { ElfOptions, wholeFile } from './testdata/elf-builder.ts';

const STACK_LIMIT = 8 * 2 ** 20;
const STACK_TOP_TEXT = 'the stack lies below 4 GiB here';

/** Resolves and loads files of the host with our loader. */
class Loading {
  readonly machine = testMachine();
  readonly loader = new ProgramLoader(this.machine.kernel.memory);

  open(path: string): ExecutableFile | number {
    if (!existsSync(path)) return -ENOENT;
    if (!statSync(path).isFile()) return -EACCES;
    if ((statSync(path).mode & 0o111) === 0) return -EACCES;
    return { node: new ArrayFile(readFileSync(path)), path, privilege: 'given' };
  }

  async resolve(path: string, argv = [path, 'first'], envp: string[] = []): Promise<ResolvedProgram | number> {
    const file = this.open(path);
    if (typeof file === 'number') return file;
    const interpreters = new Map<string, ExecutableFile | number>();
    const openExecutable = (name: string): ExecutableFile | number => {
      if (!interpreters.has(name)) interpreters.set(name, this.open(name));
      return interpreters.get(name)!;
    };
    const request = { file, fileName: path, argv, envp, stackLimitBytes: STACK_LIMIT, openExecutable };
    for (;;) {
      const program = this.loader.resolve(request);
      if (program !== WAIT) return program;
      await new Promise<void>((resolve) => this.loader.ready.add({ wake: () => resolve() }));
    }
  }

  load(program: ResolvedProgram): LoadedProgram | undefined {
    return this.loader.load({
      program,
      memory: this.machine.createMemory(),
      stackLimitBytes: STACK_LIMIT,
      addressLimitBytes: Infinity,
      uid: 1000,
      euid: process.geteuid?.() ?? 1001,
      gid: 1002,
      egid: 1003,
      secure: 1,
      hardwareCapabilities: 0x12345678,
      moreHardwareCapabilities: 2,
      signalFrameBytes: 1040,
      random: Uint8Array.from({ length: 16 }, (_, i) => i + 1),
    });
  }

  /** In the words of testdata/execute.c, as far as loading alone can tell: "exit 42" when the code can be fetched. */
  async outcome(path: string): Promise<string> {
    const program = await this.resolve(path);
    if (typeof program === 'number') return `errno ${-program}`;
    const loaded = this.load(program);
    if (loaded === undefined) return `signal ${SIGSEGV}`;
    const fetched = loaded.space.memory.probe(guestAddress(loaded.entry), 12, Access.Execute);
    const code = new Uint8Array(CODE.length);
    loaded.space.memory.read(guestAddress(loaded.entry), code);
    loaded.space.dispose();
    if (fetched === FaultOutcome.NoBacking) return `signal ${SIGBUS}`;
    return fetched === FaultOutcome.Resolved && code.join() === CODE.join() ? 'exit 42' : `signal ${SIGSEGV}`;
  }
}

const patch16 = (offset: number, value: number): ElfOptions => ({
  patch: (view) => view.setUint16(offset, value, true),
});
const patch64 = (offset: number, value: bigint): ElfOptions => ({
  patch: (view) => view.setBigUint64(offset, value, true),
});
const data = (change: Partial<typeof dataSegment>): ElfOptions => ({ headers: [{}, { ...dataSegment, ...change }] });
const code = (change: Partial<typeof wholeFile>): ElfOptions => ({ headers: [change, dataSegment] });
const interpreter = (offset: number, fileBytes: number, text: string): ElfOptions => ({
  headers: [{}, { type: PT_INTERP, offset, fileBytes }],
  patch: (view) => Buffer.from(text).copy(new Uint8Array(view.buffer), offset),
});

const spoilt: Readonly<Record<string, ElfOptions>> = {
  good: {},
  'position independent': {
    type: ET_DYN,
    entry: 0x1000,
    headers: [{ address: 0 }, { ...dataSegment, address: 0x10800 }],
  },
  'position independent, 2 MiB aligned': {
    type: ET_DYN,
    entry: 0x1000,
    headers: [{ address: 0, alignment: 0x200000 }],
  },
  'wrong magic': patch16(0, 0x457e),
  'class 32': { patch: (view) => view.setUint8(4, 1) },
  'class 0': { patch: (view) => view.setUint8(4, 0) },
  'big endian': { patch: (view) => view.setUint8(5, 2) },
  'version 0': { patch: (view) => view.setUint8(6, 0) },
  'machine AArch64': patch16(Ehdr.e_machine, 183),
  'type REL': patch16(Ehdr.e_type, 1),
  'type CORE': patch16(Ehdr.e_type, 4),
  'type 0': patch16(Ehdr.e_type, 0),
  'header size 0': patch16(Ehdr.e_ehsize, 0),
  'entry size 32': patch16(Ehdr.e_phentsize, 32),
  'entry size 57': patch16(Ehdr.e_phentsize, 57),
  'no program headers': patch16(Ehdr.e_phnum, 0),
  'program headers past the end': patch16(Ehdr.e_phnum, 200),
  'too many program headers': patch16(Ehdr.e_phnum, 1171),
  'program headers nowhere': patch64(Ehdr.e_phoff, 1n << 62n),
  'program headers negative': patch64(Ehdr.e_phoff, (1n << 64n) - 64n),
  'program headers at 0': patch64(Ehdr.e_phoff, 0n),
  'section headers nowhere': patch64(Ehdr.e_shoff, 1n << 60n),
  'section count, no sections': patch16(Ehdr.e_shnum, 1000),
  'one byte': { fileBytes: 1 },
  'only magic': { fileBytes: 4 },
  'cut in the header': { fileBytes: 63 },
  'header alone': { fileBytes: 64 },
  'cut in the program headers': { fileBytes: 100 },
  'cut before the code': { fileBytes: 0x1000 },
  'cut in the code': { fileBytes: 0x1004 },
  'entry unmapped': { entry: 0x123456000 },
  'entry 0': { entry: 0 },
  'entry in the kernel': { entry: 0xffff800000000000n },
  'entry at the limit': { entry: 0x7ffffffff000 },
  'no segment': { headers: [{ type: PT_GNU_STACK }] },
  'file larger than memory': data({ fileBytes: 0x4000, memoryBytes: 0x1000 }),
  'memory beyond user space': data({ memoryBytes: 1n << 47n }),
  'memory wraps': data({ memoryBytes: (1n << 64n) - 1n }),
  'address in the kernel': data({ address: 0xffff800000000800n }),
  'address at the end': data({ address: 0x7fffffffe800 }),
  'huge memory': data({ memoryBytes: 2 ** 40 }),
  'offset misaligned': data({ offset: 0x1801 }),
  'address misaligned with offset': data({ address: BASE + 0x10801, offset: 0x1801 }),
  'alignment 3': data({ alignment: 3 }),
  'offset past the end': data({ offset: 0x100800 }),
  'offset past the end, no zeros': data({ offset: 0x100800, memoryBytes: 0x100 }),
  'file part past the end': data({ fileBytes: 0x2000, memoryBytes: 0x2000 }),
  'segment overlaps the code': data({ address: BASE + 0x1800 }),
  'zeros over the code': data({ address: BASE + 0x800, offset: 0x800, fileBytes: 0x10, memoryBytes: 0x2000 }),
  'data only zeros': data({ fileBytes: 0, offset: 0 }),
  'segment of nothing': data({ fileBytes: 0, memoryBytes: 0 }),
  'read-only with zeros': data({ flags: PF_R }),
  'below the lowest address': data({ address: 0x800 }),
  'code not executable': code({ flags: PF_R }),
  'code only executable': code({ flags: PF_X }),
  'code writable': code({ flags: PF_R | PF_W | PF_X }),
  'segments in descending order': { headers: [dataSegment, {}] },
  'interpreter missing': interpreter(0x300, 20, '/nonexistent/ld.so\0\0'),
  'interpreter unterminated': interpreter(0x300, 4, '/bin/ld.so\0'),
  'interpreter empty': interpreter(0x300, 1, '\0'),
  'interpreter too long': interpreter(0x300, 5000, '/bin/sh\0'),
  'interpreter past the end': interpreter(0x100000, 20, ''),
  'interpreter not executable': interpreter(0x300, 12, '/etc/passwd\0'),
  'interpreter a script': interpreter(0x300, 13, '/usr/bin/ldd\0'),
  'interpreter a directory': interpreter(0x300, 5, '/usr\0'),
};

const scripts: Readonly<Record<string, string>> = {
  plain: '#!@\n',
  'one argument': '#!@ one\n',
  'argument with blanks': '#! \t@ \t one two  \t\n',
  'no line end': '#!@',
  'argument, no line end': '#!@ one',
  'blank after the name': '#!@ \nmore',
  'zero in the line': '#!@ one\0two\n',
  'carriage return': '#!@\r\n',
  'nothing after it': '#!',
  'only blanks': '#!   \n',
  'only blanks, no line end': '#!    ',
  'name too long': `#!/${'a'.repeat(400)}\n`,
  'argument cut': `#!@ ${'b'.repeat(400)}\n`,
  'blanks up to the limit': `#!${' '.repeat(300)}@\n`,
  'interpreter missing': '#!/nonexistent/interpreter\n',
  'text without a first line': 'echo hello\n',
  empty: '',
};

const hasHost = await requirement('gcc on x86-64 Linux', () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(`${process.platform} ${process.arch}`);
  command('gcc')();
});

describe.skipIf(!hasHost)('beside the host', () => {
  const native = hasHost ? new NativeHost() : undefined!;
  const loading = new Loading();
  const outcomes = new Map<string, string>();
  let argumentsProgram = '';
  let execute = '';

  beforeAll(() => {
    execute = native.compile('execute');
    argumentsProgram = native.compile('arguments');
    const names = Object.keys(spoilt);
    const paths = names.map((name) => native.file(name, buildElf(spoilt[name])));
    native.run(execute, paths).forEach((outcome, index) => outcomes.set(names[index]!, outcome));
  });

  afterAll(() => native?.remove());

  it.each(Object.keys(spoilt))('ELF: %s', async (name) => {
    expect(outcomes.get(name)).toBeDefined();
    expect(await loading.outcome(`${native.folder}/${name}`)).toBe(outcomes.get(name));
  });

  it.each(Object.keys(scripts))('script: %s', async (name) => {
    const path = native.file(`script ${name}`, scripts[name]!.replace('@', argumentsProgram));
    const [outcome, ...rest] = native.run(execute, [path]).toReversed();
    const program = await loading.resolve(path);
    if (typeof program === 'number') {
      expect(outcome).toBe(`errno ${-program}`);
      return;
    }
    expect(outcome).toBe('exit 0');
    const shown = `${program.argv.map((text) => `[${text}]`).join('')} ${program.fileName}`;
    expect(shown).toBe(rest.toReversed().join('\n'));
  });

  it('scripts that run scripts, up to the limit', async () => {
    let path = argumentsProgram;
    for (let depth = 1; depth <= 7; depth++) {
      path = native.file(`depth${depth}`, `#!${path} ${depth}\n`);
      const last = native.run(execute, [path]).at(-1);
      const program = await loading.resolve(path);
      expect(typeof program === 'number' ? `errno ${-program}` : 'exit 0', `depth ${depth}`).toBe(last);
    }
  });

  it('the auxiliary vector has the entries of the host, in its order', async () => {
    const loaded = await loadGood(loading, native.file('auxv', buildElf()));
    const types = readStack(loaded).auxiliary.map(([type]) => type);
    const words = new BigUint64Array(new Uint8Array(readFileSync('/proc/self/auxv')).buffer);
    const host = [...words].filter((_, index) => index % 2 === 0).map(Number);
    // 27 and 28 describe rseq, which glibc takes from sizes it knows when they are absent.
    expect(types).toEqual(host.filter((type) => type !== 0 && type !== 27 && type !== 28));
  });
});

async function loadGood(
  loading: Loading,
  path: string,
  argv = ['a', 'bc', ''],
  envp = ['E=1'],
): Promise<LoadedProgram> {
  const program = await loading.resolve(path, argv, envp);
  if (typeof program === 'number') throw new Error(`errno ${-program}`);
  const loaded = loading.load(program);
  if (loaded === undefined) throw new Error('not loaded');
  return loaded;
}

/** Reads a stack as a program's start code does. */
function readStack({ space, stack }: LoadedProgram) {
  const { memory } = space;
  let at = stack.stackPointer;
  const word = (): number => {
    const value = memory.readU64(guestAddress(at));
    at += 8;
    return Number(value);
  };
  const text = (address: number): string => {
    let result = '';
    for (let byte: number; (byte = memory.readU8(guestAddress(address + result.length))) !== 0;) {
      result += String.fromCharCode(byte);
    }
    return result;
  };
  const texts = (): string[] => {
    const found: string[] = [];
    for (let pointer: number; (pointer = word()) !== 0;) found.push(text(pointer));
    return found;
  };
  const argc = word();
  const argv = texts();
  const envp = texts();
  const auxiliary: [number, number][] = [];
  for (let type: number; (type = word()) !== 0;) auxiliary.push([type, word()]);
  return { argc, argv, envp, auxiliary, text };
}

describe('the initial stack', () => {
  it('holds arguments, environment and auxiliary vector, RSP aligned to 16', async () => {
    const loading = new Loading();
    const native = new NativeHost();
    try {
      for (const argv of [['x'], ['x', 'y'], ['x', 'yy', '\xff\x80']]) {
        const loaded = await loadGood(loading, native.file('good', buildElf()), argv, ['A=b', 'C=d']);
        const { argc, argv: found, envp, auxiliary, text } = readStack(loaded);
        expect(loaded.stack.stackPointer % 16).toBe(0);
        expect(argc).toBe(argv.length);
        expect(found).toEqual(argv);
        expect(envp).toEqual(['A=b', 'C=d']);
        const values = new Map(auxiliary);
        expect([11, 12, 13, 14, 23].map((type) => values.get(type))).toEqual([
          1000,
          process.geteuid?.() ?? 1001,
          1002,
          1003,
          1,
        ]);
        expect(values.get(16)).toBe(0x12345678);
        expect(values.get(3)).toBe(BASE + 64);
        expect(values.get(5)).toBe(2);
        expect(values.get(9)).toBe(BASE + 0x1000);
        expect(text(values.get(15)!)).toBe('x86_64');
        expect(text(values.get(31)!)).toMatch(/good$/);
        expect(loaded.space.memory.readU8(guestAddress(values.get(25)! + 15))).toBe(16);
        expect(loaded.space.memory.readU32(guestAddress(values.get(33)!))).toBe(0x464c457f);
        // Strings in one row, the file name last, eight zero bytes above it.
        const above = values.get(31)! + text(values.get(31)!).length + 1;
        expect(above, STACK_TOP_TEXT).toBe(loaded.space.layout.stackTop - 8);
        loaded.space.dispose();
      }
    } finally {
      native.remove();
    }
  });

  it('takes arguments up to the limits of Linux', async () => {
    const loading = new Loading();
    const native = new NativeHost();
    try {
      const path = native.file('good', buildElf());
      expect(await loading.resolve(path, ['x'.repeat(131_071)])).not.toBe(-E2BIG);
      expect(await loading.resolve(path, ['x'.repeat(131_072)])).toBe(-E2BIG);
      const many = (count: number): string[] => Array.from({ length: count }, () => 'x'.repeat(99));
      const room = STACK_LIMIT / 4 - path.length - 1;
      const fits = Math.floor(room / 108);
      expect(await loading.resolve(path, many(fits))).not.toBe(-E2BIG);
      expect(await loading.resolve(path, many(fits + 1))).toBe(-E2BIG);
    } finally {
      native.remove();
    }
  });
});

describe('a loaded image', () => {
  it('has zeros behind the file part, a heap behind the image, and releases everything', async () => {
    const loading = new Loading();
    const native = new NativeHost();
    try {
      const bytes = buildElf();
      bytes.fill(0xee, 0x1800);
      const loaded = await loadGood(loading, native.file('good', bytes));
      const { memory } = loaded.space;
      const dataStart = dataSegment.address as number;
      expect(memory.readU8(guestAddress(dataStart + 0xff))).toBe(0xee);
      expect(memory.readU8(guestAddress(dataStart + 0x100))).toBe(0);
      expect(memory.readU8(guestAddress(dataStart + 0x2fff))).toBe(0);
      expect(loaded.space.heapStart).toBe(BASE + 0x14000);
      expect([...loaded.space.regions].map(({ attributes }) => attributes.label.replace(/.*\//, ''))).toEqual([
        'good',
        'good',
        '',
        '[vdso]',
        '[stack]',
      ]);
      loaded.space.dispose();
      const live = loading.machine.kernel.factories
        .census()
        .filter((row) => row.type === 'memory-object' && row.live > 0);
      expect(live.map(({ implementation }) => implementation)).toEqual(['image']);
    } finally {
      native.remove();
    }
  });
});
