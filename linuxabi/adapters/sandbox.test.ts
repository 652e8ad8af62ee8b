import { describe, expect, it } from 'vitest';
import { createGuestMachine } from '../../test/support/guest-machine.ts';
import type { Machine } from '../machine.ts';
import { TraceClass } from '../../kernel/trace/events.ts';
import { traceText } from '../../kernel/trace/trace.ts';
import { OpenAccess } from '../../kernel/file-server.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import { deref } from '../../kernel/reference.ts';
import { Status } from '../../kernel/status.ts';
import { directory, systemText } from '../../procfs/entry.ts';
import { createProc } from './kernel-trees.ts';
import type { ProcServer } from './proc-server.ts';

/** A /proc whose files fail in each way there is. */
function brokenTree(machine: Machine): { readonly server: ProcServer; readonly made: () => number } {
  let made = 0;
  const server = createProc({
    machine,
    deviceId: 99,
    makeRoot: () => {
      made++;
      return directory(0o555, {
        throws: systemText(() => {
          throw new TypeError('x is not a function');
        }),
        loops: systemText(({ census }) => {
          for (;;) for (const pid of census.pids()) if (pid < 0) return '';
        }),
        hoards: systemText(({ random }) => {
          for (;;) if (random(1 << 20).length === 0) return '';
        }),
        prints: systemText(() => 'x'.repeat(100_000_000)),
        works: systemText(() => 'fine\n'),
      });
    },
  });
  return { server, made: () => made };
}

function read(server: ProcServer, name: string): string | number {
  const node = server.root.lookup(name);
  if (typeof node === 'number') return node;
  const opened = node.open!(OpenAccess.Read);
  if (typeof opened === 'number') return opened;
  const file: OpenFile = deref(opened);
  const bytes = new Uint8Array(100);
  const count = file.read(bytes);
  opened.release();
  return count < 0 ? count : new TextDecoder().decode(bytes.subarray(0, count));
}

describe('a failing adapter', () => {
  const failures = [
    ['throws', Status.InputOutput, 'reason 1'],
    ['loops', Status.InputOutput, 'reason 2'],
    ['hoards', Status.OutOfMemory, 'reason 3'],
    ['prints', Status.OutOfMemory, 'reason 3'],
  ] as const;

  for (const [name, status, reason] of failures) {
    it(`that ${name} fails that one call, is traced and made anew`, async () => {
      const machine = await createGuestMachine('native');
      machine.kernel.trace.control.mask = TraceClass.Object;
      const { server, made } = brokenTree(machine);
      expect(read(server, name)).toBe(status);
      expect(made()).toBe(2);
      expect(read(server, 'works')).toBe('fine\n');
      expect(server.sandbox.restarts).toBe(1);
      const lines = traceText(machine.kernel.trace).filter((line) => line.includes('adapterFailed'));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(`adapter 1 ${reason}, restart 1`);
      // The machine's own /proc does not notice.
      const uptime = machine.fs.system.namespace.mounts.find(({ server: { type } }) => type === 'proc')!
        .server as ProcServer;
      expect(read(uptime, 'uptime')).toMatch(/^\d+\.\d\d \d+\.\d\d\n$/);
      machine.stop();
    });
  }
});
