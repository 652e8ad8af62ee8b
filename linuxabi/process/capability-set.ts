/** A set of capabilities 0..40 as two 32-bit words, as capget(2) shows it. Immutable. */
import { CAP_LAST_CAP } from '../abi/capability.ts';

export class CapabilitySet {
  static readonly none = new CapabilitySet(0, 0);
  static readonly all = new CapabilitySet(-1, 2 ** (CAP_LAST_CAP - 31) - 1);

  readonly low: number;
  readonly high: number;

  constructor(low: number, high: number) {
    this.low = low | 0;
    this.high = high & (2 ** (CAP_LAST_CAP - 31) - 1);
  }

  static of(...capabilities: readonly number[]): CapabilitySet {
    return capabilities.reduce((set, capability) => set.with(capability), CapabilitySet.none);
  }

  has(capability: number): boolean {
    return ((capability < 32 ? this.low >>> capability : this.high >>> (capability - 32)) & 1) !== 0;
  }

  with(capability: number): CapabilitySet {
    if (capability < 32) return new CapabilitySet(this.low | (1 << capability), this.high);
    return new CapabilitySet(this.low, this.high | (1 << (capability - 32)));
  }

  without(other: CapabilitySet): CapabilitySet {
    return new CapabilitySet(this.low & ~other.low, this.high & ~other.high);
  }

  and(other: CapabilitySet): CapabilitySet {
    return new CapabilitySet(this.low & other.low, this.high & other.high);
  }

  or(other: CapabilitySet): CapabilitySet {
    return new CapabilitySet(this.low | other.low, this.high | other.high);
  }

  isWithin(other: CapabilitySet): boolean {
    return ((this.low & ~other.low) | (this.high & ~other.high)) === 0;
  }
}
