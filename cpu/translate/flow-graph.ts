/**
 * A control flow graph as the structuring code sees it: nodes are numbers, node 0 is the root. What a Body node contains is
 * the client's business; the other kinds are made by reducible.ts to give every loop one head.
 */
export const NodeKind = {
  /** The client's code. */
  Body: 0,
  /** Sets the selector to `value` and goes on to its only successor, a Dispatch (or, with value 0, anywhere). */
  Select: 1,
  /** Goes to successor number `selector`. */
  Dispatch: 2,
} as const;
export type NodeKind = (typeof NodeKind)[keyof typeof NodeKind];

export interface FlowNode {
  readonly kind: NodeKind;
  /** Select: the value set. */
  readonly value: number;
  /**
   * Where control goes: none (the body leaves by itself), one, two (condition true, false), or more (by number, the last
   * one for every greater number). `multiway` tells one or two numbered successors from a plain or conditional jump.
   */
  readonly successors: number[];
  readonly multiway: boolean;
  /** Of a table with many equal cases: by number, which of the successors. Absent: number i leads to successor i. */
  readonly cases?: readonly number[];
}

export class FlowGraph {
  readonly nodes: FlowNode[] = [];

  /** Adds a client's node; successors may be filled in later. */
  body(successors: number[] = [], form: 'jump' | 'multiway' = 'jump'): number {
    return this.#add(NodeKind.Body, 0, successors, form === 'multiway' || successors.length > 2);
  }

  /** A client's node that goes on by number to `targets`, of which many are the same. */
  table(targets: readonly number[]): number {
    const successors = [...new Set(targets)];
    const places = new Map(successors.map((successor, place) => [successor, place]));
    const node = this.#add(NodeKind.Body, 0, successors, true);
    this.nodes[node] = { ...this.nodes[node]!, cases: targets.map((target) => places.get(target)!) };
    return node;
  }

  select(value: number, target: number): number {
    return this.#add(NodeKind.Select, value, [target], false);
  }

  dispatch(targets: number[]): number {
    return this.#add(NodeKind.Dispatch, 0, targets, true);
  }

  successors(node: number): number[] {
    return this.nodes[node]!.successors;
  }

  #add(kind: NodeKind, value: number, successors: number[], multiway: boolean): number {
    this.nodes.push({ kind, value, successors, multiway });
    return this.nodes.length - 1;
  }
}

/** Nodes reachable from node 0 in reverse postorder: every node before its successors, except along back edges. */
export function reversePostorder(graph: FlowGraph): number[] {
  const seen = new Uint8Array(graph.nodes.length);
  const order: number[] = [];
  const stack: number[] = [0];
  const next: number[] = [0];
  seen[0] = 1;
  while (stack.length > 0) {
    const top = stack.length - 1;
    const node = stack[top]!;
    const successors = graph.successors(node);
    // Last successor first: a fall-through (second successor) then comes right after its block.
    const position = successors.length - 1 - next[top]!;
    if (position < 0) {
      order.push(node);
      stack.pop();
      next.pop();
      continue;
    }
    next[top]!++;
    const successor = successors[position]!;
    if (seen[successor] === 0) {
      seen[successor] = 1;
      stack.push(successor);
      next.push(0);
    }
  }
  return order.reverse();
}

export function predecessors(graph: FlowGraph, order: readonly number[]): number[][] {
  const lists: number[][] = graph.nodes.map(() => []);
  for (const node of order) for (const successor of graph.successors(node)) lists[successor]!.push(node);
  return lists;
}
