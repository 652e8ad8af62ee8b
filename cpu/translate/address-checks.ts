/**
 * Fewer checks: accesses of one block whose addresses differ by a constant share one permission check, made before the first
 * of them. The shared check looks at the pages of the lowest and of the highest byte, which is exact as long as they are at
 * most a page apart: both pages are touched if the block runs through. Nothing in a block can change permissions. The alignment test of
 * a 128-bit operand becomes part of its check, and is left out where that of an earlier one says the same.
 */
import type { Step } from './step.ts';
import { EffectKind, Leaf, type AccessEffect, type Effect, type Node } from './ir.ts';
import { symbolOf } from './symbols.ts';
import { PAGE_SIZE } from '../address.ts';
import { Op } from '../wasm/opcode.ts';

const ALIGNMENT = 16;

interface Group {
  readonly first: AccessEffect;
  readonly firstOffset: number;
  low: number;
  high: number;
  need: number;
  aligned: boolean;
}

export function planChecks(steps: readonly Step[]): void {
  const groups = new Map<string, Group>();
  const done: Group[] = [];
  for (const { effects } of steps) {
    for (const effect of [...effects]) {
      if (!isAccess(effect) || !effect.check) continue;
      const { key, offset } = symbolOf(effect.address);
      const low = offset;
      const high = offset + effect.width / 8 - 1;
      const group = groups.get(key);
      if (group && Math.max(group.high, high) - Math.min(group.low, low) < PAGE_SIZE) {
        group.low = Math.min(group.low, low);
        group.high = Math.max(group.high, high);
        group.need |= effect.need;
        effect.check = undefined;
        if (group.aligned && (offset - group.firstOffset) % ALIGNMENT === 0) takeAlignment(effects, effect);
        continue;
      }
      const aligned = takeAlignment(effects, effect);
      const fresh = { first: effect, firstOffset: offset, low, high, need: effect.need, aligned };
      groups.set(key, fresh);
      done.push(fresh);
    }
  }
  for (const { first, firstOffset, low, high, need, aligned } of done) {
    first.check = { need, low: low - firstOffset, high: high - firstOffset, aligned };
  }
}

/** Takes the alignment test of an access out of the effects; whether there was one. */
function takeAlignment(effects: Effect[], { address }: AccessEffect): boolean {
  const at = effects.findIndex(
    (effect) => effect.kind === EffectKind.LeaveIf && testsAlignment(effect.condition, address),
  );
  if (at < 0) return false;
  effects.splice(at, 1);
  return true;
}

/** Whether it is `(address & 15) != 0`. */
function testsAlignment({ op, operands: [rest, zero] }: Node, address: Node): boolean {
  if (op !== Op['i64.ne'] || rest?.op !== Op['i64.and'] || !isConstant(zero, 0n)) return false;
  return rest.operands[0] === address && isConstant(rest.operands[1], BigInt(ALIGNMENT - 1));
}

function isConstant(node: Node | undefined, value: bigint): boolean {
  return node?.op === Leaf.Constant && node.value === value;
}

function isAccess(effect: { readonly kind: number }): effect is AccessEffect {
  return effect.kind === EffectKind.Load || effect.kind === EffectKind.Store || effect.kind === EffectKind.Probe;
}
