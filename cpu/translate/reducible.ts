/**
 * Makes a flow graph reducible: every loop gets exactly one head. Regions have many entries (return addresses, loop
 * heads), so a loop is often entered in its middle; guest code itself is rarely irreducible.
 *
 * A strongly connected component entered at several nodes gets a Dispatch node as its head. Its main head h keeps
 * selector 0: all edges to h lead to the dispatcher. Edges from outside to another entry e set selector k and lead there
 * too; the dispatcher sends k on to e and the selector back to 0. Edges inside to e stay, so inner loops remain
 * natural. Then the same is done for what is left without h. Outside of this transit the selector is always 0, so that the
 * usual price is one predicted branch a turn, on outer loops only.
 */
import type { FlowGraph } from './flow-graph.ts';

export function makeReducible(graph: FlowGraph): void {
  const rank = preorder(graph);
  const nodes = new Set(rank.keys());
  nodes.delete(0);
  untangle(graph, nodes, rank);
}

/**
 * Number of each reachable node in a depth-first walk that takes the root's first successor first: seen from that main
 * entry, the head of a loop comes before the rest of it.
 */
function preorder(graph: FlowGraph): Map<number, number> {
  const rank = new Map<number, number>();
  const stack = [0];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (rank.has(node)) continue;
    rank.set(node, rank.size);
    const successors = graph.successors(node);
    for (let i = successors.length - 1; i >= 0; i--) stack.push(successors[i]!);
  }
  return rank;
}

function untangle(graph: FlowGraph, nodes: ReadonlySet<number>, rank: ReadonlyMap<number, number>): void {
  const pending = cycles(graph, nodes);
  while (pending.length > 0) {
    const component = pending.pop()!;
    const entries = entriesOf(graph, component, rank);
    const head = chooseHead(graph, component, entries);
    if (entries.length > 1) insertDispatch(graph, component, head, entries);
    component.delete(head);
    pending.push(...cycles(graph, component));
  }
}

/** Nodes of the component that are reached from outside it, in the order of their numbers. */
function entriesOf(graph: FlowGraph, component: ReadonlySet<number>, rank: ReadonlyMap<number, number>): number[] {
  const entries = new Set<number>();
  graph.nodes.forEach(({ successors }, node) => {
    if (component.has(node)) return;
    for (const successor of successors) if (component.has(successor)) entries.add(successor);
  });
  return [...entries].sort((a, b) => rank.get(a)! - rank.get(b)!);
}

/** The first entry that is also reached from inside: a head that the code itself loops to. */
function chooseHead(graph: FlowGraph, component: ReadonlySet<number>, entries: readonly number[]): number {
  const targets = new Set<number>();
  for (const node of component) for (const successor of graph.successors(node)) targets.add(successor);
  return entries.find((entry) => targets.has(entry)) ?? entries[0]!;
}

function insertDispatch(
  graph: FlowGraph,
  component: ReadonlySet<number>,
  head: number,
  entries: readonly number[],
): void {
  const others = entries.filter((entry) => entry !== head);
  const outside = graph.nodes.length;
  const targets = [head];
  for (const entry of others) targets.push(graph.select(0, entry));
  const dispatch = graph.dispatch(targets);
  const selects = new Map<number, number>([[head, dispatch]]);
  others.forEach((entry, index) => selects.set(entry, graph.select(index + 1, dispatch)));
  for (let node = 0; node < outside; node++) {
    const { successors } = graph.nodes[node]!;
    const inside = component.has(node);
    successors.forEach((successor, index) => {
      if (component.has(successor) && (successor === head || !inside)) {
        successors[index] = selects.get(successor)!;
      }
    });
  }
}

/** Strongly connected components with a cycle in the graph restricted to `nodes`. Source: Tarjan (1972), iterative. */
function cycles(graph: FlowGraph, nodes: ReadonlySet<number>): Set<number>[] {
  const found: Set<number>[] = [];
  const index = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const onStack = new Set<number>();
  for (const start of nodes) {
    if (index.has(start)) continue;
    const path: { node: number; next: number }[] = [{ node: start, next: 0 }];
    while (path.length > 0) {
      const frame = path[path.length - 1]!;
      const { node } = frame;
      if (frame.next === 0) {
        index.set(node, index.size);
        low.set(node, index.get(node)!);
        stack.push(node);
        onStack.add(node);
      }
      const successor = graph.successors(node)[frame.next++];
      if (successor !== undefined) {
        if (!nodes.has(successor)) continue;
        if (!index.has(successor)) path.push({ node: successor, next: 0 });
        else if (onStack.has(successor)) low.set(node, Math.min(low.get(node)!, index.get(successor)!));
        continue;
      }
      path.pop();
      const above = path[path.length - 1];
      if (above) low.set(above.node, Math.min(low.get(above.node)!, low.get(node)!));
      if (low.get(node) !== index.get(node)) continue;
      const component = popComponent(stack, onStack, node);
      if (component.size > 1 || graph.successors(node).includes(node)) found.push(component);
    }
  }
  return found;
}

function popComponent(stack: number[], onStack: Set<number>, root: number): Set<number> {
  const component = new Set<number>();
  for (;;) {
    const node = stack.pop()!;
    onStack.delete(node);
    component.add(node);
    if (node === root) return component;
  }
}
