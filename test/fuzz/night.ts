/**
 * Night run: npm run fuzz -- [CALLS [SEED]]
 * So many random system calls (syscall-fuzz.c), from 8 processes, in rounds: each round is a new machine and a new seed. Each is followed by one of
 * random tracing and filtering (watch-fuzz.c) in another machine. A round fails
 * when its program does not end as it should, when something is left of it, or when it takes too long; at the end the memory of this
 * process shows whether machines leave anything behind.
 */
import { join } from 'node:path';
import { GuestPrograms, runGuest } from '../support/guest-machine.ts';

const [callsText = '1000000', seedText = '1'] = process.argv.slice(2);
const CALLS_PER_ROUND = 200_000;
const PROCESSES = 8;
const TIMEOUT_MS = 600_000;

const guests = new GuestPrograms();
const failures: string[] = [];
const megabytes = (): number => Math.round(process.memoryUsage().rss / 2 ** 20);

/** Orders that tracers give in a round. */
const ORDERS_PER_ROUND = 20_000;

async function playRound(program: string, args: readonly string[]): Promise<string | undefined> {
  const { status, machine } = await runGuest('native', program, { args, timeoutMs: TIMEOUT_MS });
  if (status !== 0) return `status ${status}`;
  const { processes, threads, groups } = machine.tasks;
  if (processes.size !== 1 || threads.size !== 0 || groups.size !== 1)
    return `left: ${processes.size - 1} processes, ${threads.size} threads, ${groups.size - 1} groups`;
  return undefined;
}

/** A machine that broke is a failure like others. */
function guarded(round: Promise<string | undefined>): Promise<string | undefined> {
  return round.catch((error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)));
}

try {
  const [callProgram, watchProgram] = ['syscall-fuzz.c', 'watch-fuzz.c'].map((source) =>
    guests.compile(join(import.meta.dirname, source)),
  );
  const total = Number(callsText);
  for (let made = 0, seed = Number(seedText); made < total; made += CALLS_PER_ROUND, seed++) {
    const calls = Math.min(CALLS_PER_ROUND, total - made);
    const started = performance.now();
    const failure =
      (await guarded(playRound(callProgram!, [`${seed}`, `${calls}`, `${PROCESSES}`]))) ??
      (await guarded(playRound(watchProgram!, [`${seed}`, `${ORDERS_PER_ROUND}`])));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(
      `seed ${seed}: ${calls} calls, ${seconds} s, ${megabytes()} MiB${failure === undefined ? '' : `: ${failure}`}`,
    );
    if (failure !== undefined) failures.push(`seed ${seed}: ${failure}`);
  }
} finally {
  guests.remove();
}
console.log(failures.length === 0 ? 'no failures' : `${failures.length} failures`);
process.exit(failures.length === 0 ? 0 : 1);
