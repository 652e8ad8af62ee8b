/**
 * `node .ci/run-ts.mjs test/bench/sockets.ts [COUNT [RUNS]]`: round trips between two processes over each kind of local socket, and bytes through them,
 * natively and in k42 (needs gcc). The program times itself after a warm-up, so start and compilation do not count; the runs
 * alternate and the best of each is compared.
 */
import { printRows } from './guest-rows.ts';

const [count = '10000', runs = '3'] = process.argv.slice(2);

printRows('sockets.c', count, Number(runs));
