/** Which places of the host's network programs may reach: the rules of --allow-net and --deny-net. What no rule names is denied, and denial wins. */
import { parseIp } from '../../linuxabi/net/inet/address.ts';
import type { AccessRule } from './network-request.ts';

export class NetworkAccess {
  readonly #rules: readonly AccessRule[];
  readonly #denied: readonly AccessRule[];
  /** Addresses that names of rules were resolved to, with the names. */
  readonly #names = new Map<string, Set<string>>();

  constructor(rules: readonly AccessRule[], denied: readonly AccessRule[] = []) {
    this.#rules = rules;
    this.#denied = denied;
  }

  allows(address: string, port: number): boolean {
    const names = this.#names.get(address);
    const isMeant = (rule: AccessRule): boolean =>
      (rule.port === undefined || rule.port === port) &&
      (rule.host === undefined || rule.host === address || names?.has(rule.host) === true);
    return this.#rules.some(isMeant) && !this.#denied.some(isMeant);
  }

  /** Names that a denial is about: they must be known by their addresses before anyone asks for those. */
  get deniedNames(): readonly string[] {
    return this.#denied.flatMap(({ host }) => (host === undefined || parseIp(host) !== undefined ? [] : [host]));
  }

  /** Whether a name may be asked for at all: a question tells the name's server something, too. */
  allowsName(name: string): boolean {
    const isMeant = ({ host }: AccessRule): boolean => host === undefined || host === name.toLowerCase();
    const isDenied = this.#denied.some((rule) => rule.port === undefined && isMeant(rule));
    return this.#rules.some(isMeant) && !isDenied;
  }

  /** An allowed name stands for this address. */
  learn(name: string, address: string): void {
    const names = this.#names.get(address) ?? new Set();
    this.#names.set(address, names.add(name.toLowerCase()));
  }
}
