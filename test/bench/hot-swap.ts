/** `node .ci/run-ts.mjs test/bench/hot-swap.ts [SWAPS]`: how long an empty swap of an open file takes, exclusive ↔ shared. */
import { Census } from '../../kernel/census.ts';
import { FactoryRegistry } from '../../kernel/factory.ts';
import { NodeKind, OpenAccess } from '../../kernel/file-server.ts';
import { FileFactories } from '../../kernel/files/file-factories.ts';
import { SwapPhase } from '../../kernel/hot-swap.ts';
import { Replacement } from '../../kernel/replacement.ts';
import { TimerQueue } from '../../kernel/timer.ts';
import { createTrace } from '../../kernel/trace/trace.ts';
import { MemoryServer } from '../../rootfs/memfs/memory-server.ts';

function main(): void {
  const swaps = Number(process.argv[2] ?? 10_000);
  const factories = new FactoryRegistry(createTrace({ sizeWords: 64, nowNs: () => 0 }));
  const files = new FileFactories(factories);
  const attributes = { kind: NodeKind.File, permissions: 0o644, owner: 0, group: 0 };
  const node = new MemoryServer({ deviceId: 1 }).root.create('f', attributes);
  if (typeof node === 'number') throw new Error(`no file: status ${node}`);
  const reference = files.open(node, OpenAccess.ReadWrite);
  const context = { factories, timers: new TimerQueue(), nowNs: () => 0 };
  const replacement = new Replacement(context, new Census(factories));
  const times = Array.from({ length: swaps }, (_, i) => {
    const start = performance.now();
    const swap = replacement.swap(reference, i % 2 === 0 ? 'shared' : 'exclusive');
    if (swap.phase !== SwapPhase.Complete) throw new Error(`swap ${i}: ${swap.reason}`);
    return (performance.now() - start) * 1000;
  }).toSorted((a, b) => a - b);
  const at = (part: number): string => times[Math.floor((swaps - 1) * part)]!.toFixed(1);
  process.stdout.write(`${swaps} empty swaps: median ${at(0.5)} µs, 99 % within ${at(0.99)} µs\n`);
}

main();
