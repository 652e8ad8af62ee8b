/** Which places of the host's network programs may reach: the rules of --allow-net. What no rule names is denied. */
import type { AccessRule } from './network-request.ts';

export class NetworkAccess {
  readonly #rules: readonly AccessRule[];
  /** Addresses that names of rules were resolved to, with the names. */
  readonly #names = new Map<string, Set<string>>();

  constructor(rules: readonly AccessRule[]) {
    this.#rules = rules;
  }

  allows(address: string, port: number): boolean {
    const names = this.#names.get(address);
    return this.#rules.some(
      (rule) =>
        (rule.port === undefined || rule.port === port) &&
        (rule.host === undefined || rule.host === address || names?.has(rule.host) === true),
    );
  }

  /** Whether a name may be asked for at all: a question tells the name's server something, too. */
  allowsName(name: string): boolean {
    return this.#rules.some(({ host }) => host === undefined || host === name.toLowerCase());
  }

  /** An allowed name stands for this address. */
  learn(name: string, address: string): void {
    const names = this.#names.get(address) ?? new Set();
    this.#names.set(address, names.add(name.toLowerCase()));
  }
}
