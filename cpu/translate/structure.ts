/**
 * Writes a reducible flow graph as structured WebAssembly: loops and blocks from the dominator tree and the reverse
 * postorder. Source: Ramsey, "Beyond Relooper: Recursive Translation of Unstructured Control Flow to Structured Control
 * Flow", ICFP 2022.
 *
 * Each node is written inside its immediate dominator. A node with several forward edges into it (or reached by a
 * numbered branch) follows a `block` that its predecessors branch out of; any other is written in place.
 */
import type { CodeWriter } from '../wasm/code-writer.ts';
import { Op } from '../wasm/opcode.ts';
import { dominates, dominators, type Dominators } from './dominators.ts';
import { NodeKind, reversePostorder, type FlowGraph } from './flow-graph.ts';

/** Writes what the nodes contain. Wasm labels are the depths that CodeWriter answers. */
export interface BodyWriter {
  /** Code of a Body node. A node with two or more successors leaves its condition or number (i32) on the stack. */
  body(node: number): void;
  /** Called at the start of a loop's turn, inside the Wasm loop, before the head node. */
  loopHead(node: number): void;
}

export function writeStructured(graph: FlowGraph, code: CodeWriter, selector: number, bodies: BodyWriter): void {
  const order = reversePostorder(graph);
  new Structurer(graph, order, code, selector, bodies).tree(order[0]!);
}

class Structurer {
  readonly #graph: FlowGraph;
  readonly #code: CodeWriter;
  readonly #selector: number;
  readonly #bodies: BodyWriter;
  readonly #dominators: Dominators;
  readonly #isMerge: Uint8Array;
  readonly #isHead: Uint8Array;
  readonly #children: number[][];
  /** Label of the loop of a head, or of the block before a merge node, while it is open. */
  readonly #loopLabel: Int32Array;
  readonly #blockLabel: Int32Array;

  constructor(graph: FlowGraph, order: readonly number[], code: CodeWriter, selector: number, bodies: BodyWriter) {
    this.#graph = graph;
    this.#code = code;
    this.#selector = selector;
    this.#bodies = bodies;
    this.#dominators = dominators(graph, order);
    const size = graph.nodes.length;
    this.#isMerge = new Uint8Array(size);
    this.#isHead = new Uint8Array(size);
    this.#loopLabel = new Int32Array(size);
    this.#blockLabel = new Int32Array(size);
    this.#children = graph.nodes.map(() => []);
    this.#classify(order);
  }

  tree(node: number): void {
    // Nearest to the code comes last in the nest: the child latest in the order has the outermost block.
    const merges = this.#children[node]!.filter((child) => this.#isMerge[child]);
    if (this.#isHead[node]) {
      this.#loopLabel[node] = this.#code.loop();
      this.#bodies.loopHead(node);
      this.#within(node, merges, merges.length - 1);
      this.#code.end();
    } else {
      this.#within(node, merges, merges.length - 1);
    }
  }

  #classify(order: readonly number[]): void {
    const { parent, position } = this.#dominators;
    const forward = new Int32Array(this.#graph.nodes.length);
    for (const node of order) {
      const { successors, multiway } = this.#graph.nodes[node]!;
      for (const successor of successors) {
        if (position[successor]! <= position[node]!) {
          if (!dominates(this.#dominators, successor, node)) throw new Error('flow graph is not reducible');
          this.#isHead[successor] = 1;
        } else if (multiway || ++forward[successor]! > 1) {
          this.#isMerge[successor] = 1;
        }
      }
    }
    // In order, so that each list of children is in reverse postorder too.
    for (const node of order) if (node !== order[0]) this.#children[parent[node]!]!.push(node);
  }

  #within(node: number, merges: readonly number[], index: number): void {
    if (index < 0) {
      this.#node(node);
      return;
    }
    const merge = merges[index]!;
    this.#blockLabel[merge] = this.#code.block();
    this.#within(node, merges, index - 1);
    this.#code.end();
    this.tree(merge);
  }

  #node(node: number): void {
    const { kind, value, successors, multiway, cases } = this.#graph.nodes[node]!;
    const code = this.#code;
    if (kind === NodeKind.Select) {
      code.i32Const(value);
      code.localSet(this.#selector);
    } else if (kind === NodeKind.Dispatch) {
      code.localGet(this.#selector);
    } else {
      this.#bodies.body(node);
    }
    if (multiway) {
      const labels = successors.map((successor) => this.#label(node, successor));
      code.brTable(cases ? cases.map((place) => labels[place]!) : labels);
    } else if (successors.length === 2) this.#conditional(node, successors[0]!, successors[1]!);
    else if (successors.length === 1) this.#branch(node, successors[0]!);
    else code.op(Op.unreachable);
  }

  #conditional(node: number, yes: number, no: number): void {
    const code = this.#code;
    if (this.#isInline(node, yes) && !this.#isInline(node, no)) {
      code.op(Op['i32.eqz']);
      code.brIf(this.#label(node, no));
      this.tree(yes);
    } else if (this.#isInline(node, yes)) {
      code.if();
      this.tree(yes);
      code.end();
      this.tree(no);
    } else {
      code.brIf(this.#label(node, yes));
      this.#branch(node, no);
    }
  }

  #branch(node: number, target: number): void {
    if (this.#isInline(node, target)) this.tree(target);
    else this.#code.br(this.#label(node, target));
  }

  #isBack(node: number, target: number): boolean {
    return this.#dominators.position[target]! <= this.#dominators.position[node]!;
  }

  #isInline(node: number, target: number): boolean {
    return !this.#isBack(node, target) && !this.#isMerge[target];
  }

  #label(node: number, target: number): number {
    return this.#isBack(node, target) ? this.#loopLabel[target]! : this.#blockLabel[target]!;
  }
}
