/**
 * The `#!` line. One optional argument, which keeps its inner blanks; only the first 256 bytes of the file count.
 * Source: fs/binfmt_script.c, execve(2).
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import { EACCES, ENOEXEC } from '../abi/errno.ts';

/** What the kernel looks at of a file to know its format. Source: include/uapi/linux/binfmts.h. */
export const BINPRM_BUF_SIZE = 256;

export interface ScriptLine {
  readonly interpreter: ByteString;
  readonly argument: ByteString | undefined;
}

const blanks = ' \t';

/** `head`: the first BINPRM_BUF_SIZE bytes of a file, starting with `#!`, zero-filled where the file is shorter. */
export function parseScriptLine(head: ByteString): ScriptLine | number {
  const limit = BINPRM_BUF_SIZE - 1;
  const firstZero = head.indexOf('\0');
  const newline = head.indexOf('\n');
  let end: number;
  if (newline >= 0 && (firstZero < 0 || newline < firstZero)) {
    end = newline;
  } else {
    // Without a line end the path may have been cut short, unless something ends it.
    const start = skipBlanks(head, 2, limit);
    if (start >= limit || findTerminator(head, start, limit) < 0) return -ENOEXEC;
    end = limit;
  }
  while (end > 2 && blanks.includes(head[end - 1]!)) end--;
  const nameStart = skipBlanks(head, 2, end);
  if (nameStart >= end) return -ENOEXEC;
  const separator = findTerminator(head, nameStart, end);
  const nameEnd = separator < 0 ? end : separator;
  const interpreter = head.slice(nameStart, nameEnd);
  // Linux opens the empty name, which is the working directory: no file to execute.
  if (interpreter === '') return -EACCES;
  if (separator < 0 || head[separator] === '\0') return { interpreter, argument: undefined };
  const argumentStart = skipBlanks(head, separator, end);
  const argument = head.slice(argumentStart, end).split('\0', 1)[0]!;
  return { interpreter, argument: argumentStart < end ? argument : undefined };
}

function skipBlanks(text: ByteString, from: number, end: number): number {
  let at = from;
  while (at < end && blanks.includes(text[at]!)) at++;
  return at;
}

/** Position of the first blank or zero in [from, end), or −1. */
function findTerminator(text: ByteString, from: number, end: number): number {
  for (let at = from; at < end; at++) if (text[at] === '\0' || blanks.includes(text[at]!)) return at;
  return -1;
}
