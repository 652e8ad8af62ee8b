/**
 * Address symbols: what two addresses have in common. A symbol is a key (equal keys in one block denote equal values) and
 * an offset; addresses that differ only in their offset can share one permission check.
 */
import { Op } from '../wasm/opcode.ts';
import { Leaf, type Node, type Symbol64 } from './ir.ts';

/** Offsets beyond this are not worth sharing, and would not be exact as numbers. */
const MAX_OFFSET = 2 ** 40;

export function symbolOf(node: Node): Symbol64 {
  if (node.symbol) return node.symbol;
  const symbol = derive(node);
  node.symbol = symbol;
  return symbol;
}

function derive(node: Node): Symbol64 {
  if (node.op === Leaf.Constant) return constantSymbol(node);
  const [a, b] = node.operands;
  if (node.op === Op['i64.add'] && a && b) {
    const left = symbolOf(a);
    const right = symbolOf(b);
    const offset = left.offset + right.offset;
    if (Math.abs(offset) < MAX_OFFSET) {
      if (right.key === '') return { key: left.key, offset };
      if (left.key === '') return { key: right.key, offset };
      return { key: `(${left.key}+${right.key})`, offset };
    }
  }
  if (node.op === Op['i64.shl'] && a && b?.op === Leaf.Constant) {
    const scaled = symbolOf(a);
    const factor = 2 ** Number(b.value);
    if (Math.abs(scaled.offset * factor) < MAX_OFFSET)
      return { key: `${scaled.key}*${factor}`, offset: scaled.offset * factor };
  }
  return { key: `n${node.id}`, offset: 0 };
}

/** Constants have the empty key. */
function constantSymbol(node: Node): Symbol64 {
  const value = Number(BigInt.asIntN(64, BigInt(node.value)));
  return Math.abs(value) < MAX_OFFSET ? { key: '', offset: value } : { key: `c${node.value}`, offset: 0 };
}
