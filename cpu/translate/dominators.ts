/**
 * Immediate dominators. Source: Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001).
 */
import { predecessors, type FlowGraph } from './flow-graph.ts';

export interface Dominators {
  /** Immediate dominator by node; the root's is itself, -1 for unreachable nodes. */
  readonly parent: Int32Array;
  /** Position in the reverse postorder by node, -1 for unreachable nodes. */
  readonly position: Int32Array;
}

export function dominators(graph: FlowGraph, order: readonly number[]): Dominators {
  const position = new Int32Array(graph.nodes.length).fill(-1);
  order.forEach((node, index) => (position[node] = index));
  const parent = new Int32Array(graph.nodes.length).fill(-1);
  const incoming = predecessors(graph, order);
  parent[order[0]!] = order[0]!;
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 1; i < order.length; i++) {
      const node = order[i]!;
      let found = -1;
      for (const predecessor of incoming[node]!) {
        if (parent[predecessor] === -1) continue;
        found = found === -1 ? predecessor : common(parent, position, found, predecessor);
      }
      if (parent[node] !== found) {
        parent[node] = found;
        changed = true;
      }
    }
  }
  return { parent, position };
}

export function dominates({ parent, position }: Dominators, above: number, below: number): boolean {
  let node = below;
  while (position[node]! > position[above]!) node = parent[node]!;
  return node === above;
}

function common(parent: Int32Array, position: Int32Array, first: number, second: number): number {
  let a = first;
  let b = second;
  while (a !== b) {
    while (position[a]! > position[b]!) a = parent[a]!;
    while (position[b]! > position[a]!) b = parent[b]!;
  }
  return a;
}
