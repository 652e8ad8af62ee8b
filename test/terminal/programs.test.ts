/**
 * Some of the programs of `npm run terminals`, those that every set-up has: at a terminal of k42 they draw what they draw at one of the host. Both
 * sides are waited for, however long they take; only what they come to show is compared.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { command, requirement } from '../support/requirements.ts';
import { compare } from './compare.ts';
import { explain } from './difference.ts';
import { Place } from './place.ts';
import { scenarios } from './scenarios/index.ts';

const PLAYED = ['small vim', 'less', 'bash readline', 'canonical input'];
const TIMEOUT_MS = 300_000;

const hasLinux = await requirement('Linux', () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('the host is another system');
});
const hasPty = await requirement('node-pty', () => import('node-pty'));
const hasRoot = await requirement('default root', ensureDefaultRoot);
const present = new Map<string, boolean>();
for (const program of ['vim.tiny', 'less', 'bash']) present.set(program, await requirement(program, command(program)));

describe.runIf(hasLinux && hasPty && hasRoot)('a program at a terminal', () => {
  const place = new Place();
  afterAll(() => place.remove());

  for (const scenario of scenarios.filter(({ name }) => PLAYED.includes(name))) {
    it.runIf(scenario.needs.every((program) => present.get(program)))(
      `${scenario.name} draws what it draws natively`,
      async () => {
        const { difference } = await compare(scenario, place, 'bare');
        if (difference !== undefined) expect.fail(`step ${difference.step}\n${explain(difference)}`);
      },
      TIMEOUT_MS,
    );
  }
});
