/** How many of something each user has, whichever processes made them. Source: kernel/ucount.c. */
export class UserCounts {
  readonly #counts = new Map<number, number>();

  of(uid: number): number {
    return this.#counts.get(uid) ?? 0;
  }

  /** One more; false where the user has as many as allowed. */
  take(uid: number, limit: number): boolean {
    const count = this.of(uid);
    if (count >= limit) return false;
    this.#counts.set(uid, count + 1);
    return true;
  }

  giveBack(uid: number): void {
    const count = this.of(uid) - 1;
    if (count > 0) this.#counts.set(uid, count);
    else this.#counts.delete(uid);
  }
}
