/**
 * `npm run bench:terminal [RUNS]`: what somebody at a terminal of a served machine waits for. The time to the prompt of a new shell, from a key to its
 * echo (in the line editor of bash, and by the terminal itself) with and without a program inside that takes all the processor it can get, and
 * bytes per second through a guest terminal to the client's standard output.
 */
import { Person } from '../e2e/person.ts';
import { Room } from '../e2e/serve/room.ts';
import { table } from './measure.ts';

const RUNS = Number(process.argv[2] ?? 15);
/** From `A` on: no two are the same, all fit on a line. */
const KEYS = 50;
const FIRST_KEY = 65;
const PROMPT = /[$#] $/;
const PROMPT_SEEN = /[$#] /;
const MACHINE = 'bench';
const BIG_FILE_BYTES = 32 * 1024 * 1024;
const COPIES = 8;
const HOG = ['sh', '-c', 'while :; do :; done'];

const room = new Room();

async function main(): Promise<void> {
  const started = await room.k42(['serve', '-d', '--name', MACHINE]);
  if (started.status !== 0) throw new Error(started.stderr);
  await opening();
  await keys();
  await bytes();
}

// --- opening a shell ---------------------------------------------------------------------------------------------------

async function opening(): Promise<void> {
  const inside: number[] = [];
  const node: number[] = [];
  const native: number[] = [];
  for (let run = -1; run < RUNS; run++) {
    const times = [
      await toPrompt(() => room.person('exec', '-it', MACHINE, 'bash')),
      await nodeStart(),
      await toPrompt(nativeBash),
    ];
    if (run < 0) continue;
    for (const [index, list] of [inside, node, native].entries()) list.push(times[index]!);
  }
  print('Opening a shell, ms', [
    ['k42 exec -it NAME bash, to its prompt', inside],
    ["of that Node's own start (node -e 0)", node],
    ['native bash, to its prompt', native],
  ]);
}

async function toPrompt(open: () => Promise<Person>): Promise<number> {
  const start = performance.now();
  const person = await open();
  await person.sees(PROMPT);
  const elapsed = performance.now() - start;
  person.type('exit\r');
  await person.leaves();
  return elapsed;
}

function nativeBash(): Promise<Person> {
  return Person.at(['bash', '--norc', '--noprofile', '-i'], { PS1: '$ ', TERM: 'dumb' });
}

async function nodeStart(): Promise<number> {
  const start = performance.now();
  await (await Person.at([process.execPath, '-e', '0'])).leaves();
  return performance.now() - start;
}

// --- keys --------------------------------------------------------------------------------------------------------------

async function keys(): Promise<void> {
  const bash = (): Promise<Person> => room.person('exec', '-it', MACHINE, 'bash');
  const cat = (): Promise<Person> => room.person('exec', '-it', MACHINE, 'sh', '-c', 'echo "# "; exec cat');
  const rows: [string, number[]][] = [
    ['native bash', await echoes(nativeBash)],
    ['bash in k42', await echoes(bash)],
    ['terminal of k42 (cat)', await echoes(cat)],
  ];
  const hog = await room.k42(['exec', '-d', MACHINE, ...HOG]);
  if (hog.status !== 0) throw new Error(hog.stderr);
  rows.push(
    ['bash in k42, beside a program that loops', await echoes(bash)],
    ['terminal of k42, beside it', await echoes(cat)],
  );
  await room.k42(['exec', MACHINE, 'sh', '-c', 'kill -9 -1']);
  print('A key to its echo, ms', rows);
}

/** One key after the other, at no fixed pace, on one line. */
async function echoes(open: () => Promise<Person>): Promise<number[]> {
  const times: number[] = [];
  const person = await open();
  await person.sees(PROMPT_SEEN);
  for (let i = 0; i < KEYS; i++) {
    const key = String.fromCharCode(FIRST_KEY + i);
    await sleep(20 + Math.random() * 60);
    const start = performance.now();
    person.type(key);
    await person.sees(key);
    times.push(performance.now() - start);
  }
  person.close();
  return times;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

// --- bytes -------------------------------------------------------------------------------------------------------------

async function bytes(): Promise<void> {
  const make = `yes 'a line of forty letters, as text has them' | head -c ${BIG_FILE_BYTES} > /tmp/big; sed 's/$/\\r/' /tmp/big > /tmp/crlf`;
  await room.k42(['exec', MACHINE, 'sh', '-c', make]);
  const rates: [string, number[]][] = [
    ['k42 exec -t, text (OPOST: a return before each end of line)', []],
    ['k42 exec -t, the same without output processing', []],
    ['k42 exec without a terminal', []],
  ];
  for (let run = 0; run < 3; run++) {
    const cat = `for i in ${Array.from({ length: COPIES }, (_v, i) => i).join(' ')}; do cat /tmp/big; done`;
    rates[0]![1].push(await rate(['exec', '-t', MACHINE, 'sh', '-c', cat]));
    rates[1]![1].push(await rate(['exec', '-t', MACHINE, 'sh', '-c', `stty -opost; ${cat.replaceAll('big', 'crlf')}`]));
    rates[2]![1].push(await rate(['exec', MACHINE, 'sh', '-c', cat]));
  }
  print('Through a guest terminal to the client, MB/s (the larger the better)', rates);
}

async function rate(words: readonly string[]): Promise<number> {
  const child = room.start(words);
  let count = 0;
  let first = 0;
  child.stdout!.on('data', (chunk: Buffer) => {
    if (count === 0) first = performance.now();
    count += chunk.length;
  });
  await new Promise((resolve) => child.once('close', resolve));
  if (count < COPIES * BIG_FILE_BYTES) throw new Error(`only ${count} bytes came`);
  return count / 1000 / (performance.now() - first);
}

// -----------------------------------------------------------------------------------------------------------------------

function print(title: string, rows: readonly (readonly [string, readonly number[]])[]): void {
  const lines = rows.map(([name, values]) => {
    const sorted = [...values].toSorted((a, b) => a - b);
    return [name, ...[sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!].map((value) => value.toFixed(1))];
  });
  process.stdout.write(`${table([title, 'least', 'median', 'most'], lines)}\n\n`);
}

try {
  await main();
} finally {
  await room.close();
}
