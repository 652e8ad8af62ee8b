/**
 * The part of execve before the point of no return: from a file name to the images to load, through `#!` lines and
 * PT_INTERP, with every error the caller gets to see.
 * Source: fs/exec.c, bprm_execve, exec_binprm; fs/binfmt_script.c; fs/binfmt_elf.c.
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import { stringFromBytes } from '../../kernel/byte-string.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { ELIBBAD, ELOOP, ENOEXEC } from '../abi/errno.ts';
import { WAIT } from '../blocking.ts';
import { checkArguments } from './argument-limits.ts';
import type { ProgramArguments } from './argument-limits.ts';
import { isElf } from './elf-image.ts';
import type { ElfImage } from './elf-image.ts';
import type { ImageCache } from './image-cache.ts';
import { BINPRM_BUF_SIZE, parseScriptLine } from './script.ts';

/** A file opened to be executed: regular, with the execute right checked. */
export interface ExecutableFile {
  readonly node: FileNode;
  /** Absolute path, for listings of the address space. */
  readonly path: ByteString;
  /** Whether its set-user-ID and set-group-ID bits count where it is mounted. */
  readonly privilege: 'given' | 'withheld';
}

export interface ProgramRequest extends ProgramArguments {
  readonly file: ExecutableFile;
  readonly stackLimitBytes: number;
  /** Opens an interpreter by name, with the caller's rights: the file, or −errno. */
  openExecutable(path: ByteString): ExecutableFile | number;
}

export interface LoadableFile extends ExecutableFile {
  readonly image: ElfImage;
}

export interface ResolvedProgram extends ProgramArguments {
  /** The ELF file: its set-user-ID bits are the ones that count. */
  readonly main: LoadableFile;
  /** The dynamic linker the file asks for. */
  readonly interpreter: LoadableFile | undefined;
}

/** A script's interpreter may be a script in turn, so many times. */
const REWRITE_LIMIT = 5;

/** The program, −errno, or WAIT: come again when `cache.ready` is woken. */
export function resolveProgram(cache: ImageCache, request: ProgramRequest): ResolvedProgram | number {
  const { fileName, envp, stackLimitBytes } = request;
  // Programs may rely on argv[0]: Linux gives an empty one to those started without.
  let argv = request.argv.length > 0 ? request.argv : [''];
  let { file } = request;
  let name = fileName;
  for (let rewrites = 0; ; rewrites++) {
    const tooBig = checkArguments({ fileName, argv, envp }, stackLimitBytes);
    if (tooBig < 0) return tooBig;
    if (rewrites > REWRITE_LIMIT) return -ELOOP;
    const head = readHead(file.node);
    if (typeof head === 'number') return head;
    if (isElf(head)) return resolveElf(cache, request, file, argv);
    const text = stringFromBytes(head);
    if (!text.startsWith('#!')) return -ENOEXEC;
    const line = parseScriptLine(text);
    if (typeof line === 'number') return line;
    argv = [line.interpreter, ...(line.argument === undefined ? [] : [line.argument]), name, ...argv.slice(1)];
    name = line.interpreter;
    const next = request.openExecutable(line.interpreter);
    if (typeof next === 'number') return next;
    file = next;
  }
}

function readHead(node: FileNode): Uint8Array | number {
  const head = new Uint8Array(BINPRM_BUF_SIZE);
  return node.read(0, head) < 0 ? -ENOEXEC : head;
}

function resolveElf(
  cache: ImageCache,
  request: ProgramRequest,
  file: ExecutableFile,
  argv: readonly ByteString[],
): ResolvedProgram | number {
  const image = cache.find(file.node);
  if (typeof image === 'number') return image;
  const interpreter = resolveInterpreter(cache, request, image);
  if (typeof interpreter === 'number') return interpreter;
  return { fileName: request.fileName, argv, envp: request.envp, main: { ...file, image }, interpreter };
}

function resolveInterpreter(
  cache: ImageCache,
  request: ProgramRequest,
  image: ElfImage,
): LoadableFile | number | undefined {
  if (image.interpreter === undefined || typeof image.interpreter === 'number') return image.interpreter;
  const file = request.openExecutable(image.interpreter);
  if (typeof file === 'number') return file;
  const interpreter = cache.find(file.node);
  if (typeof interpreter === 'number') return interpreter === WAIT ? WAIT : -ELIBBAD;
  return { ...file, image: interpreter };
}
