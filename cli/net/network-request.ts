/** What the command line says about the network: -p and --allow-net. */
import { ipText, parseIp } from '../../linuxabi/net/inet/address.ts';
import { UsageError } from '../options.ts';

export interface PublishedPort {
  /** Of the host; 127.0.0.1 unless another is named. */
  readonly hostAddress: string;
  /** 0: one of the host's choice. */
  readonly hostPort: number;
  readonly guestPort: number;
}

/** A place that programs may reach. */
export interface AccessRule {
  /** Name or address; undefined: all of them. */
  readonly host: string | undefined;
  /** Undefined: every port. */
  readonly port: number | undefined;
}

export interface NetworkRequest {
  readonly published: readonly PublishedPort[];
  readonly access: readonly AccessRule[];
  /** Whatever else is allowed. */
  readonly denied: readonly AccessRule[];
}

/** Undefined when neither is asked for: the machine has its loopback only. */
export function parseNetwork(
  published: readonly string[],
  access: readonly string[],
  denied: readonly string[] = [],
): NetworkRequest | undefined {
  if (published.length === 0 && access.length === 0) return undefined;
  return {
    published: published.map(parsePublished),
    access: access.flatMap((list) => list.split(',').map((text) => parseAccess('--allow-net', text))),
    denied: denied.flatMap((list) => list.split(',').map((text) => parseAccess('--deny-net', text))),
  };
}

/** [ADDRESS:]HOST:GUEST[/tcp], an IPv6 address in brackets. */
function parsePublished(text: string): PublishedPort {
  const match = /^(?:(?:\[([0-9a-fA-F:]+)\]|([0-9.]+)):)?(\d+):(\d+)(?:\/tcp)?$/.exec(text);
  const hostAddress = match?.[1] ?? match?.[2] ?? '127.0.0.1';
  const [hostPort, guestPort] = [Number(match?.[3]), Number(match?.[4])];
  if (match === null || parseIp(hostAddress) === undefined || hostPort > 65_535 || guestPort < 1 || guestPort > 65_535)
    throw new UsageError(`-p ${text}: expected [ADDRESS:]HOST:GUEST, ports of TCP`);
  return { hostAddress, hostPort, guestPort };
}

/** HOST, HOST:PORT, or * for every host; an IPv6 address in brackets. */
function parseAccess(option: string, text: string): AccessRule {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]\s]+))(?::(\d+))?$/.exec(text);
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  if (match === null || port === 0 || (port ?? 1) > 65_535)
    throw new UsageError(`${option}=${text}: expected HOST, HOST:PORT or *`);
  const host = (match[1] ?? match[2]!).toLowerCase();
  const address = parseIp(host);
  // An address in the one form in which the machine's network shows it.
  const shown = address === undefined ? host : ipText(address);
  return { host: host === '*' ? undefined : shown, port };
}
