/** The flow graph of a region's code: its blocks, and what is between them: entries, exits, calls, choices among the targets of a computed jump. */
import { FlowGraph } from './flow-graph.ts';
import { constantAddress, Leaf } from './ir.ts';
import { makeReducible } from './reducible.ts';
import { LeaveKind } from './step.ts';
import type { TranslatedBlock } from './translated-block.ts';

/** What a node of the graph is. */
export type Content =
  /** Where the region is entered: chooses by the entry parameter. */
  | { readonly kind: 'root' }
  /** Loads what the block at its only successor needs. */
  | { readonly kind: 'load'; readonly address: number }
  | { readonly kind: 'block'; readonly block: TranslatedBlock }
  /** Leaves at the end of this block, to the address or, without one, to where the rip local says. */
  | { readonly kind: 'exit'; readonly block: TranslatedBlock; readonly address?: number }
  /** Calls the function at the address or where the rip local says, and goes on after the block. */
  | { readonly kind: 'call'; readonly block: TranslatedBlock; readonly address?: number }
  /** Goes to its first successor when the rip local is this address. */
  | { readonly kind: 'compare'; readonly address: number }
  /** Likewise when the rip local is less. */
  | { readonly kind: 'below'; readonly address: number }
  /** By rip local - first address, which the node's successors are numbered with. */
  | { readonly kind: 'table'; readonly first: number; readonly span: number };

/** Up to this many possible targets are compared one by one. */
const COMPARE_LIMIT = 4;
/** Bytes of code that the numbered targets of one jump may be spread over. */
const TABLE_SPAN = 4096;

export class RegionGraph {
  readonly flow = new FlowGraph();
  readonly contents = new Map<number, Content>();
  /** Blocks at whose end the region can be left. */
  readonly leaving = new Set<TranslatedBlock>();
  /** Node by block address. */
  readonly #nodes = new Map<number, number>();

  constructor(entries: readonly number[], blocks: ReadonlyMap<number, TranslatedBlock>) {
    const root = this.#add([], { kind: 'root' }, entries.length > 1 ? 'multiway' : 'jump');
    for (const block of blocks.values()) this.#nodes.set(block.block.address, this.#add([], { kind: 'block', block }));
    for (const [address, block] of blocks) {
      this.flow.successors(this.#nodes.get(address)!).push(...this.#ways(block));
    }
    this.flow.successors(root).push(...entries.map((address) => this.#load(address)));
    makeReducible(this.flow);
  }

  /** Nodes that a block goes on to. */
  #ways(block: TranslatedBlock): number[] {
    const { leave, leaveAddress } = block;
    const target = leave.target?.op === Leaf.Constant ? constantAddress(leave.target) : undefined;
    switch (leave.kind) {
      case LeaveKind.Next:
        return [this.#nodeOf(leaveAddress, block)];
      case LeaveKind.Branch:
        return [this.#nodeOf(target!, block), this.#nodeOf(leaveAddress, block)];
      case LeaveKind.Call:
        if (target !== undefined && block.block.successors.includes(target)) return [this.#nodeOf(target, block)];
        return [this.#call(block, target)];
      case LeaveKind.Single:
      case LeaveKind.Trap:
        this.leaving.add(block);
        return [];
      default:
        return [target === undefined ? this.#choice(block) : this.#nodeOf(target, block)];
    }
  }

  #nodeOf(address: number, from: TranslatedBlock): number {
    // Only along edges that the flow of registers knows.
    const node = from.block.successors.includes(address) ? this.#nodes.get(address) : undefined;
    return node ?? this.#exit(from, address);
  }

  #exit(block: TranslatedBlock, address?: number): number {
    this.leaving.add(block);
    return this.#add([], { kind: 'exit', block, ...(address !== undefined && { address }) });
  }

  #call(block: TranslatedBlock, address: number | undefined): number {
    if (!this.#nodes.has(block.block.end)) return this.#exit(block, address);
    this.leaving.add(block);
    const after = this.#load(block.block.end);
    return this.#add([after], { kind: 'call', block, ...(address !== undefined && { address }) });
  }

  #load(address: number): number {
    return this.#add([this.#nodes.get(address)!], { kind: 'load', address });
  }

  /** Compares the address in the rip local with the candidates; else leaves. */
  #choice(block: TranslatedBlock): number {
    const leave = this.#exit(block);
    const { candidates } = block.block;
    if (block.leave.kind === LeaveKind.Return)
      return this.#search(
        [...candidates].sort((a, b) => a - b),
        leave,
      );
    return clusters(candidates).reduce((otherwise, cluster) => this.#chooseIn(cluster, otherwise), leave);
  }

  /** One step of `#choice`: among candidates that are near each other, by address. */
  #chooseIn(cluster: readonly number[], otherwise: number): number {
    if (cluster.length <= COMPARE_LIMIT) return this.#search(cluster, otherwise);
    const first = cluster[0]!;
    const span = cluster[cluster.length - 1]! - first + 1;
    const targets = Array.from({ length: span + 1 }, () => otherwise);
    for (const address of cluster) targets[address - first] = this.#nodes.get(address)!;
    const node = this.flow.table(targets);
    this.contents.set(node, { kind: 'table', first, span });
    return node;
  }

  /** Among few candidates, ascending: halves, then one by one. */
  #search(candidates: readonly number[], otherwise: number): number {
    if (candidates.length > COMPARE_LIMIT) {
      const middle = candidates.length >> 1;
      const below = this.#search(candidates.slice(0, middle), otherwise);
      const from = this.#search(candidates.slice(middle), otherwise);
      return this.#add([below, from], { kind: 'below', address: candidates[middle]! });
    }
    return candidates.reduce(
      (rest, address) => this.#add([this.#nodes.get(address)!, rest], { kind: 'compare', address }),
      otherwise,
    );
  }

  #add(successors: number[], content: Content, form: 'jump' | 'multiway' = 'jump'): number {
    const node = this.flow.body(successors, form);
    this.contents.set(node, content);
    return node;
  }
}

/** Addresses in order, in groups that span less than a table. */
function clusters(addresses: readonly number[]): number[][] {
  const groups: number[][] = [];
  for (const address of [...addresses].sort((a, b) => a - b)) {
    const last = groups[groups.length - 1];
    if (last && address - last[0]! < TABLE_SPAN) last.push(address);
    else groups.push([address]);
  }
  return groups;
}
