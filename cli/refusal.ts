/** Why a program could not be started, in words, and the status that a shell gives for it. */
import { errnoNames } from '../linuxabi/abi/errno.ts';

const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'not found',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  ENOEXEC: 'not an executable this machine can run',
  ELOOP: 'too many levels of symbolic links',
  EINVAL: 'malformed executable',
  ENOMEM: 'not enough memory for the program',
  E2BIG: 'argument list too long',
};

/** Of a failed call of the host's, for people. */
export function whyNot(failure: unknown): string {
  const { code, message } = failure as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file or folder';
  return (code === undefined ? undefined : WORDS[code]) ?? message;
}

export interface Refusal {
  readonly errno: string;
  readonly text: string;
  readonly status: number;
}

/** `result`: −errno, as execve answers it. */
export function refusal(result: number): Refusal {
  const errno = errnoNames[-result] ?? String(result);
  return { errno, text: WORDS[errno] ?? errno, status: errno === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE };
}
