/** A few seconds of the stress run (stress.ts): what guests print is the same, whatever is replaced under them. */
import { expect, it } from 'vitest';
import { K42Runner } from '../e2e/k42-runner.ts';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { requirement } from '../support/requirements.ts';
import { Disturbance } from './disturbance.ts';
import { scripts } from './scripts.ts';

const ready = await requirement('the default root', ensureDefaultRoot);
const EVERY_CALLS = 60;
/** Under half a minute where nothing else runs. */
const TIMEOUT_MS = 300_000;

it.runIf(ready)(
  'guests print the same while objects are swapped and upgraded under them',
  { timeout: TIMEOUT_MS },
  async () => {
    const runner = await K42Runner.open(await ensureDefaultRoot());
    const tried = new Set<string>();
    const replaced = new Set<string>();
    for (const [name, script] of Object.entries(scripts)) {
      const calm = await runner.run(script);
      const disturbance = new Disturbance(name.length, EVERY_CALLS);
      expect(await runner.run(script, { tracer: disturbance }), name).toEqual(calm);
      for (const [type, { swapped }] of disturbance.tallies) {
        tried.add(type);
        if (swapped > 0) replaced.add(type);
      }
    }
    expect([...tried].toSorted()).toEqual(['file-server', 'memory-object', 'open-file', 'scheduling-policy', 'stream']);
    // Of files and memory most exchanges make no sense and are refused.
    expect([...replaced]).toEqual(expect.arrayContaining(['file-server', 'scheduling-policy', 'stream']));
  },
);
