/** Linear addresses that a memory operand alone does not give. */
import { NO_REGISTER, type MemoryOperand } from '../x86/instruction.ts';
import type { Ops } from './ops.ts';

/** The linear address of a memory operand moved by `offset` (64 bits, signed): the sum is cut to the address size before the segment base. */
export function movedAddress<V>(ops: Ops<V>, memory: MemoryOperand, offset: V): V {
  const effective = ops.effectiveAddress(memory);
  const sum = ops.add(64, effective, offset);
  const moved = memory.addressWidth === 32 ? ops.zeroExtend(32, 64, ops.truncate(64, 32, sum)) : sum;
  if (memory.segment === NO_REGISTER) return moved;
  const segmentBase = ops.sub(64, ops.linearAddress(memory), effective);
  return ops.add(64, moved, segmentBase);
}
