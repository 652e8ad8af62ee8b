/** Real programs under the engine that does what translated regions did again in the interpreter: a difference would end the run. */
import { expect, it } from 'vitest';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { requirement } from '../support/requirements.ts';
import { K42Runner } from './k42-runner.ts';

const ready = await requirement('the default root', ensureDefaultRoot);
const SCRIPT = `
i=0; while [ $i -lt 150 ]; do i=$((i + 1)); a[i]=$((i * i)); done; echo \${a[17]}
for i in {1..80}; do s+=x$i; done; echo \${#s} \${s//x1/y}
echo {1..60} | tr ' ' '\\n' | sort -rn | head -n 2
printf '%.3f\\n' 3.14159; echo hello | md5sum; seq 1 100 | grep -c 7
`;

it.runIf(ready)(
  'translated regions of bash and busybox do what the interpreter does',
  async () => {
    const runner = await K42Runner.open(await ensureDefaultRoot(), 'checked');
    const { stdout, status } = await runner.run(SCRIPT);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('289');
    expect(lines[1]).toMatch(/^231 yx2x3/);
    expect(lines.slice(2)).toEqual(['60', '59', '3.142', 'b1946ac92492d2347c6235b4d2611184  -', '19', '']);
    expect(status).toBe(0);
  },
  120_000,
);
