/** The flags of Node's fs ('r', 'w', 'ax+', …) as open(2) has them. */
import { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } from '../../linuxabi/abi/fcntl.ts';
import { argumentError } from './guest-error.ts';

const bits = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
  'w+': O_RDWR | O_CREAT | O_TRUNC,
  'wx+': O_RDWR | O_CREAT | O_TRUNC | O_EXCL,
  a: O_WRONLY | O_CREAT | O_APPEND,
  ax: O_WRONLY | O_CREAT | O_APPEND | O_EXCL,
  'a+': O_RDWR | O_CREAT | O_APPEND,
  'ax+': O_RDWR | O_CREAT | O_APPEND | O_EXCL,
} as const;

export type OpenFlag = keyof typeof bits;

/** Throws on a flag that Node does not have. */
export function openFlags(flag: OpenFlag): number {
  const found: number | undefined = bits[flag];
  if (found === undefined) throw argumentError(`The argument 'flags' is invalid. Received '${String(flag)}'`);
  return found;
}
