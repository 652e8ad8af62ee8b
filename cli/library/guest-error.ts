/** Errors as Node gives them for calls of the system: code, errno, syscall, path. The numbers are Linux's on every host. */
import { getSystemErrorMap } from 'node:util';
import { errnoNames } from '../../linuxabi/abi/errno.ts';

/** What failed, and what it was about. */
export interface FailedCall {
  readonly syscall: string;
  readonly path?: string;
  readonly dest?: string;
}

export interface GuestError extends Error, FailedCall {
  /** `ENOENT`, `EACCES`, … */
  readonly code: string;
  /** The number below zero, as in Node. */
  readonly errno: number;
}

/** `result`: what a call of the guest's kernel answers, −errno. */
export function guestError(result: number, call: FailedCall): GuestError {
  const code = codeOf(result);
  const { syscall, path, dest } = call;
  const about = path === undefined ? '' : ` '${path}'${dest === undefined ? '' : ` -> '${dest}'`}`;
  return Object.assign(new Error(`${code}: ${textOf(code)}, ${syscall}${about}`), { errno: result, code, ...call });
}

/** A program that could not be started. Source: Node's child_process, 'error' event. */
export function spawnError(result: number, program: string, args: readonly string[]): GuestError {
  const code = codeOf(result);
  const syscall = `spawn ${program}`;
  const error = new Error(`${syscall} ${code}`);
  return Object.assign(error, { errno: result, code, syscall, path: program, spawnargs: args });
}

/** What was asked of the library makes no sense. */
export function argumentError(message: string, code = 'ERR_INVALID_ARG_VALUE'): TypeError & { readonly code: string } {
  return Object.assign(new TypeError(message), { code });
}

function codeOf(result: number): string {
  return errnoNames[-result] ?? `errno ${-result}`;
}

function textOf(code: string): string {
  for (const [name, text] of getSystemErrorMap().values()) if (name === code) return text;
  return 'system call failed';
}
