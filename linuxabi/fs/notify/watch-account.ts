/** How many inotify instances and watches a user has. Source: inotify(7), "/proc interfaces"; fs/notify/inotify/inotify_user.c. */
import type { KernelMemory } from '../../limits/kernel-memory.ts';

export interface WatchLimits {
  instances(): number;
  watches(): number;
}

/** What a watch takes of the host. */
const WATCH_BYTES = 512;

export class WatchAccount {
  readonly #limits: WatchLimits;
  readonly #memory: KernelMemory | undefined;
  #instances = 0;
  #watches = 0;

  constructor(limits: WatchLimits, memory: KernelMemory | undefined) {
    this.#limits = limits;
    this.#memory = memory;
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
    if (this.#watches >= this.#limits.watches() || this.#memory?.take(WATCH_BYTES) === false) return false;
    this.#watches++;
    return true;
  }

  returnWatch(): void {
    this.#watches--;
    this.#memory?.giveBack(WATCH_BYTES);
  }
}

/** By user id. */
export class WatchAccounts {
  readonly #accounts = new Map<number, WatchAccount>();
  #memory: KernelMemory | undefined;

  /** What watches take is memory of the machine from now on. */
  chargeTo(memory: KernelMemory): void {
    this.#memory = memory;
  }

  of(uid: number, limits: WatchLimits): WatchAccount {
    let account = this.#accounts.get(uid);
    if (account === undefined) {
      account = new WatchAccount(limits, this.#memory);
      this.#accounts.set(uid, account);
    }
    return account;
  }
}
