/**
 * `npm run bench:ipc [-- COUNT [RUNS]]`: round trips between two processes by each kind of IPC, and reads of /proc, natively and in k42 (needs gcc); then
 * `ps aux` among many processes (needs procps). The program times itself after a warm-up, so start and compilation do not count; the
 * runs alternate and the best of each is compared.
 */
import { printCrowd } from './crowd.ts';
import { printRows } from './guest-rows.ts';

const [count = '20000', runs = '3'] = process.argv.slice(2);

printRows('ipc.c', count, Number(runs));
printCrowd(Number(runs));
