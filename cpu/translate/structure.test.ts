import { describe, expect, it } from 'vitest';
import { CodeWriter } from '../wasm/code-writer.ts';
import { ModuleBuilder } from '../wasm/module-builder.ts';
import { Op, Type } from '../wasm/opcode.ts';
import { FlowGraph, NodeKind, reversePostorder } from './flow-graph.ts';
import { dominators } from './dominators.ts';
import { makeReducible } from './reducible.ts';
import { writeStructured } from './structure.ts';

/** Deterministic numbers: xorshift32. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed * 2654435761 + 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

const STEPS = 60;

/** Nodes visited from node 0 when the n-th visit takes successor number `decide(n)`; at most STEPS of them. */
function walk(graph: FlowGraph, decide: (step: number) => number): number[] {
  const visited: number[] = [];
  let node = 0;
  while (visited.length < STEPS) {
    visited.push(node);
    const { successors, multiway } = graph.nodes[node]!;
    if (successors.length === 0) break;
    const decision = decide(visited.length);
    // As in Wasm: a condition chooses the first successor when it is not 0, a number is cut to the last.
    if (multiway) node = successors[Math.min(decision, successors.length - 1)]!;
    else node = successors.length === 2 ? successors[decision === 0 ? 1 : 0]! : successors[0]!;
  }
  return visited;
}

/** The same by structured Wasm: every body calls out with its number and gets its decision. */
function run(graph: FlowGraph, decide: (step: number) => number): number[] {
  const builder = new ModuleBuilder();
  const visit = builder.importFunction('e', 'visit', builder.type([Type.i32], [Type.i32]));
  const code = new CodeWriter();
  const outer = code.block();
  writeStructured(graph, code, 0, {
    body(node) {
      code.i32Const(node);
      code.call(visit);
      code.localTee(1);
      code.i32Const(0);
      code.op(Op['i32.lt_s']);
      code.brIf(outer);
      const { successors } = graph.nodes[node]!;
      if (successors.length > 1) code.localGet(1);
      if (successors.length === 0) code.br(outer);
    },
    loopHead() {},
  });
  code.end();
  builder.exportFunction('f', builder.function(builder.type([], []), [Type.i32, Type.i32], code));
  const visited: number[] = [];
  const imports = {
    visit(node: number) {
      visited.push(node);
      return visited.length >= STEPS ? -1 : decide(visited.length);
    },
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(builder.build()), { e: imports });
  (instance.exports['f'] as () => void)();
  return visited;
}

function graphOf(successors: readonly (readonly number[])[]): FlowGraph {
  const graph = new FlowGraph();
  for (const list of successors) graph.body([...list]);
  return graph;
}

function expectSameWalks(successors: readonly (readonly number[])[], seed: number): FlowGraph {
  const original = graphOf(successors);
  const reduced = graphOf(successors);
  makeReducible(reduced);
  for (let i = 0; i < 8; i++) {
    const random = randomNumbers(seed * 8 + i + 1);
    const decisions = Array.from({ length: STEPS + 1 }, () => random(4));
    const decide = (step: number) => decisions[step]!;
    expect(run(reduced, decide)).toEqual(walk(original, decide));
  }
  return reduced;
}

describe('dominators', () => {
  it('of a diamond and a loop', () => {
    const graph = graphOf([[1, 2], [3], [3], [1, 4], []]);
    const { parent } = dominators(graph, reversePostorder(graph));
    expect([...parent]).toEqual([0, 0, 0, 0, 3]);
  });
});

describe('structured control flow', () => {
  it.each([
    ['a straight line', [[1], [2], []]],
    ['a diamond', [[1, 2], [3], [3], []]],
    ['a loop with its test at the end', [[1], [2], [1, 3], []]],
    ['a loop with its test at the head', [[1], [2, 3], [1], []]],
    ['a one-block loop', [[0, 1], []]],
    ['nested loops with exits from the inner one', [[1], [2, 5], [3, 4], [2, 6], [1], [], []]],
    ['a switch with fall-through', [[1, 2, 3, 4], [2], [3], [4], []]],
    ['both edges to one place', [[1, 1], []]],
  ])('runs %s without dispatch', (_, successors) => {
    const reduced = expectSameWalks(successors, 1);
    expect(reduced.nodes.every((node) => node.kind === NodeKind.Body)).toBe(true);
  });

  it.each([
    ['a loop entered in its middle', [[1, 2], [2], [1, 3], []]],
    ['an inner loop entered from outside', [[1, 3], [2, 5], [3], [3, 4], [1], []]],
    ['two loops that overlap', [[1, 2], [2, 3], [1, 4], [1], [2, 5], []]],
  ])('runs %s through a dispatcher', (_, successors) => {
    const reduced = expectSameWalks(successors, 2);
    expect(reduced.nodes.filter((node) => node.kind === NodeKind.Dispatch)).toHaveLength(1);
  });

  it('keeps an inner loop natural when the region has an entry at its head', () => {
    // Root 0 enters at the outer head 1 or at the inner head 2.
    const graph = graphOf([[1, 2], [2], [2, 3], [1, 4], []]);
    makeReducible(graph);
    expect(graph.successors(2)).toEqual([2, 3]);
  });

  it('runs 300 random graphs as they are', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomNumbers(seed);
      const size = 2 + random(12);
      const successors = Array.from({ length: size }, () =>
        Array.from({ length: random(10) === 0 ? 4 : random(3) }, () => 1 + random(size - 1)),
      );
      expectSameWalks(successors, seed);
    }
  });
});
