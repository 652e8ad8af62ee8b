/** Names of places in a program: from an address to a name, and back. */
export interface CodeSymbol {
  readonly name: string;
  readonly address: number;
  /** 0 where the assembler was not told. */
  readonly sizeBytes: number;
  /** End of the section that it is in. */
  readonly sectionEnd: number;
  /** Which of several names of one place to show: the highest. */
  readonly rank: number;
}

export interface NamedPlace {
  readonly name: string;
  /** Address of the symbol, as linked. */
  readonly start: number;
  readonly end: number;
}

export class SymbolTable {
  /** By address, one name each. */
  readonly #places: NamedPlace[];
  readonly #byName = new Map<string, NamedPlace>();

  constructor(symbols: readonly CodeSymbol[]) {
    const sorted = symbols.toSorted((a, b) => a.address - b.address || better(a, b));
    const shown: CodeSymbol[] = [];
    for (const symbol of sorted) if (shown.at(-1)?.address !== symbol.address) shown.push(symbol);
    const ends = new Map<number, number>();
    this.#places = shown.map(({ name, address, sizeBytes, sectionEnd }, i) => {
      const next = Math.min(shown[i + 1]?.address ?? Infinity, sectionEnd);
      const end = sizeBytes > 0 ? address + sizeBytes : Math.max(next, address);
      ends.set(address, end);
      return { name, start: address, end };
    });
    for (const { name, address } of sorted)
      if (!this.#byName.has(name)) this.#byName.set(name, { name, start: address, end: ends.get(address)! });
  }

  /** What lies at or around an address. */
  at(address: number): NamedPlace | undefined {
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#places[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    const place = this.#places[low - 1];
    return place !== undefined && address < place.end ? place : undefined;
  }

  named(name: string): NamedPlace | undefined {
    return this.#byName.get(name);
  }
}

/** Which of two names of a place comes first: rank, then the plainer one, as write before __write. */
function better(a: CodeSymbol, b: CodeSymbol): number {
  return b.rank - a.rank || a.name.length - b.name.length || (a.name < b.name ? -1 : 1);
}
