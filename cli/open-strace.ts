/** The tracer that --strace and its kin ask for. */
import { openSync, writeSync } from 'node:fs';
import { Strace } from '../linuxabi/strace/strace.ts';
import { parseSelection } from '../linuxabi/strace/selection.ts';
import { UsageError } from './options.ts';
import type { StraceRequest } from './run-options.ts';

export function openStrace({ output, set, times, timestamps, mode }: StraceRequest): Strace {
  const selected = set === undefined ? undefined : parseSelection(set);
  if (typeof selected === 'string') throw new UsageError(`--trace: ${selected}`);
  const file = output === undefined ? undefined : openSync(output, 'w');
  return new Strace({
    write: (text) => void (file === undefined ? process.stderr.write(text) : writeSync(file, text)),
    nowNs: () => performance.now() * 1e6,
    timeSeconds: () => (performance.timeOrigin + performance.now()) / 1000,
    times,
    timestamps,
    mode,
    ...(selected && { selected }),
  });
}
