/** --dump-region: what the translator made of the code at an address or of a function: the guest's instructions by block, and the Wasm. */
import type { CompiledRegion } from '../../cpu/translate/compiled-region.ts';
import { moduleText } from '../../cpu/wasm/module-text.ts';
import type { Machine } from '../machine.ts';
import type { CodeFilter } from './code-filter.ts';
import { hexadecimal, listing, nameOf, type Namer } from './listing.ts';
import { PlaceNames } from './place-names.ts';
import type { NamedPlace } from './symbol-table.ts';

export class RegionDump {
  readonly #filter: CodeFilter;
  readonly #names = new PlaceNames();
  /** The latest of each start: a region is made anew when more of its function has become hot. */
  readonly #found = new Map<number, string[]>();
  /** Given as soon as there is one. */
  machine: Machine | undefined;

  constructor(filter: CodeFilter) {
    this.#filter = filter;
  }

  /** Regions are made, or found again, while their program runs: now its symbols can be told. */
  regionFound(region: CompiledRegion): void {
    const known = new Map<number, NamedPlace | undefined>();
    const namer: Namer = (address) => {
      if (!known.has(address)) known.set(address, this.#nameAt(address));
      return known.get(address);
    };
    if (isMeant(region, this.#filter, namer)) this.#found.set(region.start, [...regionText(region, namer)]);
  }

  #nameAt(address: number): NamedPlace | undefined {
    const space = this.machine?.actor?.image?.space;
    return space && this.#names.at(space, address);
  }

  lines(): string[] {
    if (this.#found.size === 0) return ['no region has that code: it did not run often enough to be translated'];
    return [...this.#found.values()].flat();
  }
}

/** An address may lie in the middle of a block: every byte of the code is asked about. */
function isMeant({ stretches }: CompiledRegion, filter: CodeFilter, namer: Namer): boolean {
  return stretches.some(({ address, bytes }) => bytes.some((_, at) => filter.matches(address + at, namer)));
}

function* regionText(region: CompiledRegion, namer: Namer): Generator<string> {
  const { start, entries, blocks, instructions, stretches, wasm } = region;
  const named = (address: number): string => {
    const name = nameOf(namer, address);
    return `0x${hexadecimal(address)}${name === undefined ? '' : ` <${name}>`}`;
  };
  yield `region of ${named(start)}: ${instructions} instructions in ${blocks.size} blocks, ${wasm.length} bytes of Wasm`;
  yield `entered at ${entries.map(named).join(', ')}`;
  for (const { address, bytes } of stretches) {
    const isHead = (at: number): boolean => at > address && blocks.has(at);
    yield* withBlocks(listing(bytes, address, namer), isHead);
  }
  yield '';
  yield* moduleText(wasm);
  yield '';
}

/** An empty line before each block but the first. */
function* withBlocks(lines: Iterable<string>, isHead: (address: number) => boolean): Generator<string> {
  for (const line of lines) {
    const [, address] = /^ *([0-9a-f]+): /.exec(line) ?? [];
    if (address !== undefined && isHead(Number.parseInt(address, 16))) yield '';
    yield line;
  }
}
