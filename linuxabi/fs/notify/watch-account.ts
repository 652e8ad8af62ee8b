/** How many inotify instances and watches a user has. Source: inotify(7), "/proc interfaces"; fs/notify/inotify/inotify_user.c. */
export interface WatchLimits {
  instances(): number;
  watches(): number;
}

export class WatchAccount {
  readonly #limits: WatchLimits;
  #instances = 0;
  #watches = 0;

  constructor(limits: WatchLimits) {
    this.#limits = limits;
  }

  /** False when the user has as many as allowed. */
  takeInstance(): boolean {
    if (this.#instances >= this.#limits.instances()) return false;
    this.#instances++;
    return true;
  }

  returnInstance(): void {
    this.#instances--;
  }

  takeWatch(): boolean {
    if (this.#watches >= this.#limits.watches()) return false;
    this.#watches++;
    return true;
  }

  returnWatch(): void {
    this.#watches--;
  }
}

/** By user id. */
export class WatchAccounts {
  readonly #accounts = new Map<number, WatchAccount>();

  of(uid: number, limits: WatchLimits): WatchAccount {
    let account = this.#accounts.get(uid);
    if (account === undefined) {
      account = new WatchAccount(limits);
      this.#accounts.set(uid, account);
    }
    return account;
  }
}
