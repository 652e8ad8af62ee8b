/** Who has which port of one protocol, and who may have it beside whom. Source: net/ipv4/inet_connection_sock.c, inet_csk_bind_conflict; socket(7). */
import { ANY6, isAny, isIpv4 } from './address.ts';
import type { Endpoint } from './address.ts';

/** A socket, or what a closed connection leaves behind for a while. */
export interface PortHolder {
  readonly local: Endpoint;
  readonly reusesAddress: boolean;
  readonly reusesPort: boolean;
  /** An IPv6 socket that does not take IPv4. */
  readonly isV6Only: boolean;
  readonly isListening: boolean;
  readonly userId: number;
}

/** Ports that the system chooses from, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Both would receive what is sent to some address. */
function overlaps(a: PortHolder, b: PortHolder): boolean {
  const [one, other] = [a.local.address, b.local.address];
  if (one === other) return true;
  if (one === ANY6 && isIpv4(other)) return !a.isV6Only;
  if (other === ANY6 && isIpv4(one)) return !b.isV6Only;
  return isIpv4(one) === isIpv4(other) && (isAny(one) || isAny(other));
}

export class PortTable {
  readonly #byPort = new Map<number, Set<PortHolder>>();
  #lastEphemeral = Infinity;

  /** Those at a port. */
  at(port: number): ReadonlySet<PortHolder> {
    return this.#byPort.get(port) ?? new Set();
  }

  /** Whether the port is taken for one who wants it so. */
  conflicts(wanted: PortHolder): boolean {
    for (const holder of this.at(wanted.local.port)) {
      if (holder === wanted || !overlaps(holder, wanted)) continue;
      if (wanted.reusesAddress && holder.reusesAddress && !holder.isListening) continue;
      if (wanted.reusesPort && holder.reusesPort && wanted.userId === holder.userId) continue;
      return true;
    }
    return false;
  }

  add(holder: PortHolder): void {
    const { port } = holder.local;
    const holders = this.#byPort.get(port);
    if (holders === undefined) this.#byPort.set(port, new Set([holder]));
    else holders.add(holder);
  }

  remove(holder: PortHolder): void {
    const { port } = holder.local;
    const holders = this.#byPort.get(port);
    if (holders?.delete(holder) === true && holders.size === 0) this.#byPort.delete(port);
  }

  /** A port of the system's choice that `isFree` agrees to; undefined when there is none. */
  ephemeral({ first, last }: PortRange, isFree: (port: number) => boolean): number | undefined {
    for (let tries = first; tries <= last; tries++) {
      const next = this.#lastEphemeral + 1;
      this.#lastEphemeral = next < first || next > last ? first : next;
      if (isFree(this.#lastEphemeral)) return this.#lastEphemeral;
    }
    return undefined;
  }
}
