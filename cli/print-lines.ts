/** Much text on standard output: no faster than the reader takes it, and all of it before the process ends. */
import { once } from 'node:events';

/** Lines per write. */
const BATCH = 500;

/** A reader that has seen enough, as head, ends it without a word. */
export async function printLines(lines: Iterable<string>): Promise<void> {
  const { stdout } = process;
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length > 0 && !stdout.write(`${batch.join('\n')}\n`)) await once(stdout, 'drain');
    batch = [];
  };
  for (const line of lines) if (batch.push(line) >= BATCH) await flush();
  await flush();
  if (stdout.writableLength > 0) await once(stdout, 'drain');
}
