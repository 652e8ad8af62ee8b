/** A region as Wasm: what can be shared between address spaces, and kept for the next start. */
import { PAGE_SHIFT } from '../address.ts';
import type { CodeSource } from './translator.ts';

export interface Stretch {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface CompiledRegion {
  /** Where its function starts, or the place that it was wanted for. */
  readonly start: number;
  readonly entries: readonly number[];
  /** Addresses of its blocks. */
  readonly blocks: ReadonlySet<number>;
  readonly instructions: number;
  /** What the region was made from: each stretch of code and its bytes. It holds wherever these are the same. */
  readonly stretches: readonly Stretch[];
  /** The module's bytes. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** What the host compiled that to, at an earlier start. */
  readonly machineCode?: Uint8Array<ArrayBuffer>;
}

/** Whether the code that a region was made from is there. */
export function holdsIn({ stretches }: CompiledRegion, source: CodeSource): boolean {
  return stretches.every((stretch) => isUnchanged(stretch, source));
}

function isUnchanged({ address, bytes }: Stretch, source: CodeSource): boolean {
  const now = source.bytes(address, bytes.length);
  if (!now) return false;
  for (let i = 0; i < bytes.length; i++) if (now[i] !== bytes[i]) return false;
  return true;
}

/** Numbers of the pages that a region was made from. */
export function pagesOf({ stretches }: CompiledRegion): number[] {
  const pages = new Set<number>();
  for (const { address, bytes } of stretches) {
    for (let page = address >>> PAGE_SHIFT; page <= (address + bytes.length - 1) >>> PAGE_SHIFT; page++)
      pages.add(page);
  }
  return [...pages];
}
