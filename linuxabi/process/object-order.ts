/** An order of objects, for kcmp(2): in Linux that of their (scrambled) addresses, here that in which they were first compared. */
const EQUAL = 0;
const LESS = 1;
const GREATER = 2;

export class ObjectOrder {
  readonly #numbers = new WeakMap<object, number>();
  #last = 0;

  /** As kcmp answers: 0 the same, 1 the first is less, 2 greater. */
  compare(a: object, b: object): number {
    if (a === b) return EQUAL;
    return this.#numberOf(a) < this.#numberOf(b) ? LESS : GREATER;
  }

  #numberOf(object: object): number {
    const known = this.#numbers.get(object);
    if (known !== undefined) return known;
    this.#numbers.set(object, ++this.#last);
    return this.#last;
  }
}
