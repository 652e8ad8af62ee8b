/**
 * How much argv and envp may hold. Strings and pointers share a quarter of the stack limit, at most 6 MiB, at least
 * ARG_MAX. Source: fs/exec.c, bprm_stack_limits; execve(2), "Limits on size of arguments and environment".
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import { E2BIG } from '../abi/errno.ts';

export const ARG_MAX = 131_072;
/** Longest single string, its terminating zero included. */
export const MAX_ARG_STRLEN = 131_072;
const ARGUMENT_SPACE_LIMIT = 6 * 2 ** 20;
const POINTER_BYTES = 8;

export interface ProgramArguments {
  /** The name the program was started by: AT_EXECFN. */
  readonly fileName: ByteString;
  readonly argv: readonly ByteString[];
  readonly envp: readonly ByteString[];
}

/** 0, or −E2BIG. */
export function checkArguments({ fileName, argv, envp }: ProgramArguments, stackLimitBytes: number): number {
  const room = Math.max(Math.min(stackLimitBytes / 4, ARGUMENT_SPACE_LIMIT), ARG_MAX);
  const pointers = (Math.max(argv.length, 1) + envp.length) * POINTER_BYTES;
  if (pointers >= room) return -E2BIG;
  let strings = fileName.length + 1;
  for (const list of [argv, envp]) {
    for (const text of list) {
      if (text.length + 1 > MAX_ARG_STRLEN) return -E2BIG;
      strings += text.length + 1;
    }
  }
  return strings > room - pointers ? -E2BIG : 0;
}
