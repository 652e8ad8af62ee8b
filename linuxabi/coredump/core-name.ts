/** The name of a core file, from the pattern of kernel.core_pattern. Source: core(5); fs/coredump.c, format_corename. */
import type { ByteString } from '../../kernel/byte-string.ts';
import { RLIMIT_CORE } from '../abi/resource.ts';
import type { LinuxThread } from '../process/thread.ts';

const UNLIMITED = '18446744073709551615';

type Part = (thread: LinuxThread, signal: number) => string | number;

/** A name in a name: no slashes, and not a directory of its own. */
function flat(name: ByteString): ByteString {
  const plain = name.replaceAll('/', '!');
  return plain === '.' || plain === '..' ? plain.replace('.', '!') : plain;
}

const parts: Readonly<Record<string, Part>> = {
  p: ({ process }) => process.pid,
  P: ({ process }) => process.pid,
  i: ({ tid }) => tid,
  I: ({ tid }) => tid,
  u: ({ process }) => process.credentials.uid,
  g: ({ process }) => process.credentials.gid,
  d: ({ process }) => process.dumpable,
  s: (_thread, signal) => signal,
  t: ({ machine }) => machine.clock.realtime().seconds,
  h: ({ process }) => flat(process.uts.hostname),
  e: ({ name }) => flat(name),
  E: ({ process }) => flat(process.executable),
  f: ({ process }) => flat(process.executable.slice(process.executable.lastIndexOf('/') + 1)),
  c: ({ process }) => {
    const soft = process.limits.soft(RLIMIT_CORE);
    return soft === Infinity ? UNLIMITED : soft;
  },
};

/** A path; undefined where the pattern asks for a program to pipe it to, or for nothing. */
export function coreName(thread: LinuxThread, signal: number): ByteString | undefined {
  const { settings } = thread.machine;
  const pattern = settings.read('kernel/core_pattern') ?? '';
  if (pattern === '' || pattern.startsWith('|')) return undefined;
  let namesProcess = false;
  // What is not known stands for nothing, as does a % at the end.
  const name = pattern.replaceAll(/%(.?)/g, (_whole, letter: string) => {
    if (letter === '%') return '%';
    if (letter === 'p') namesProcess = true;
    return String(parts[letter]?.(thread, signal) ?? '');
  });
  const addsProcess = !namesProcess && settings.number('kernel/core_uses_pid') !== 0;
  return addsProcess ? `${name}.${thread.process.pid}` : name;
}
