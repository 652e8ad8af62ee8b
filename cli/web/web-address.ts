/** Where the web server listens, and by which names it may be called. */
import { isIP, isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { UsageError } from '../options.ts';

export interface WebAddress {
  readonly host: string;
  /** 0: any. */
  readonly port: number;
}

export const DEFAULT_WEB_ADDRESS: WebAddress = { host: '127.0.0.1', port: 0 };
/** What stands behind `--web` and is no program's name. */
export const LOOKS_LIKE_ADDRESS = /^(\d+|(\[[\da-f:.]+\]|[\d.]+|localhost)?:\d+|\d+(\.\d+){3})$/;
const LARGEST_PORT = 65_535;

/** `8042`, `127.0.0.1`, `127.0.0.1:8042`, `[::1]:8042`, `:8042`; nothing: the default. Throws UsageError. */
export function parseWebAddress(text: string): WebAddress {
  if (text === '') return DEFAULT_WEB_ADDRESS;
  if (/^\d+$/.test(text)) return { ...DEFAULT_WEB_ADDRESS, port: portOf(text) };
  const match = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  if (match === null) throw new UsageError(`'${text}' is no [ADDRESS:]PORT (an IPv6 address in brackets)`);
  if (host !== '' && host !== 'localhost' && isIP(host) === 0)
    throw new UsageError(`'${host}' is no address of this host`);
  return { host: host === '' ? DEFAULT_WEB_ADDRESS.host : host, port: portOf(match[3] ?? '0') };
}

function portOf(text: string): number {
  const port = Number(text);
  if (port > LARGEST_PORT) throw new UsageError(`there is no port ${text}`);
  return port;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** As it stands in a URL. */
export function urlHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

/**
 * Whether a `Host` header names this server in a way that only its user can have chosen: the address it listens on; on all addresses,
 * any address and the host's name. A name of a stranger's that leads here (DNS rebinding) is none of these.
 */
export function isOwnHost(header: string | undefined, { host, port }: WebAddress): boolean {
  const match =
    /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(header ?? '') ?? /^(?:\[([^\]]+)\]|([^:]+))()$/.exec(header ?? '');
  if (match === null || Number(match[3] || '80') !== port) return false;
  const name = (match[1] ?? match[2] ?? '').toLowerCase();
  if (name === host) return true;
  if (isLoopback(host)) return isLoopback(name) && (isIP(name) !== 0 || name === 'localhost');
  return isWildcard(host) && (isIP(name) !== 0 || name === 'localhost' || name === hostname().toLowerCase());
}

export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** A socket must come from our own page: a browser says so, and can't be made to say otherwise by another page. */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return origin !== undefined && host !== undefined && origin.toLowerCase() === `http://${host.toLowerCase()}`;
}
