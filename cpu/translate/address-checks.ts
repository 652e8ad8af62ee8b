/**
 * Fewer permission checks: accesses of one block whose addresses differ by a constant share one check, made before the first
 * of them. The shared check looks at the pages of the lowest and of the highest byte, which is exact as long as they are at
 * most a page apart: both pages are touched if the block runs through. Nothing in a block can change permissions.
 */
import type { Step } from './block-ops.ts';
import { CheckKind, EffectKind, type AccessEffect } from './ir.ts';
import { symbolOf } from './symbols.ts';
import { PAGE_SIZE } from '../address.ts';

interface Group {
  readonly first: AccessEffect;
  readonly firstOffset: number;
  low: number;
  high: number;
  need: number;
  readonly members: AccessEffect[];
}

export function planChecks(steps: readonly Step[]): void {
  const groups = new Map<string, Group>();
  const done: Group[] = [];
  for (const step of steps) {
    for (const effect of step.effects) {
      if (!isAccess(effect) || !effect.check) continue;
      const { key, offset } = symbolOf(effect.address);
      const low = offset;
      const high = offset + effect.width / 8 - 1;
      const group = groups.get(key);
      if (group && Math.max(group.high, high) - Math.min(group.low, low) < PAGE_SIZE) {
        group.low = Math.min(group.low, low);
        group.high = Math.max(group.high, high);
        group.need |= effect.need;
        group.members.push(effect);
        continue;
      }
      const fresh = { first: effect, firstOffset: offset, low, high, need: effect.need, members: [effect] };
      groups.set(key, fresh);
      done.push(fresh);
    }
  }
  for (const group of done) if (group.members.length > 1) share(group);
}

function share({ first, firstOffset, low, high, need, members }: Group): void {
  for (const member of members) member.check = undefined;
  first.check = { kind: CheckKind.Range, need, low: low - firstOffset, high: high - firstOffset };
}

function isAccess(effect: { readonly kind: number }): effect is AccessEffect {
  return effect.kind === EffectKind.Load || effect.kind === EffectKind.Store || effect.kind === EffectKind.Probe;
}
