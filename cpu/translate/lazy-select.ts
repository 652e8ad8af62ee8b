/**
 * Which selects are written as branches: where one side takes a while to compute and is rarely wanted, as the NaNs of arithmetic. What is
 * computed on one side only must not be used elsewhere: such nodes are found here, to be computed before.
 */
import { Op } from '../wasm/opcode.ts';
import type { Node } from './ir.ts';

/** Operations on one side from which a branch is cheaper than computing both. */
const COSTLY = 5;

export function isLazySelect({ op, operands: [yes, no] }: Node): boolean {
  return op === Op.select && (isCostly(yes!) || isCostly(no!));
}

/** Nodes below a side that something else uses too. */
export function usedElsewhere(side: Node): Node[] {
  const uses = new Map<Node, number>([[side, 1]]);
  const visit = (node: Node): void => {
    for (const operand of node.operands) {
      if (!isPending(operand)) continue;
      const known = uses.get(operand) ?? 0;
      uses.set(operand, known + 1);
      if (known === 0) visit(operand);
    }
  };
  if (isPending(side)) visit(side);
  return [...uses].filter(([node, count]) => isPending(node) && count < node.uses).map(([node]) => node);
}

function isCostly(side: Node): boolean {
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.size >= COSTLY || seen.has(node) || !isPending(node)) return;
    seen.add(node);
    node.operands.forEach(visit);
  };
  visit(side);
  return seen.size >= COSTLY;
}

/** An operation that is not computed yet. */
function isPending({ operands, local }: Node): boolean {
  return operands.length > 0 && local < 0;
}
