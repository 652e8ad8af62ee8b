/**
 * Who may use the web terminal. A token in the printed link lets one browser in, once. That browser then has two secrets: a cookie that no script
 * can read, and a key that only pages of this very address can (cookies go to every port of a host, whoever listens there). The page and its
 * files want the cookie; the socket, which drives the machine, wants both. Requests must name the server as the user sees it (`Host`, against names
 * that are made to lead here), and sockets must come from our own page (`Origin`).
 */
import { createHash, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;
/** Links that nobody has followed yet, and browsers that are let in: the oldest go. */
const MOST_TOKENS = 16;
const MOST_SESSIONS = 64;

export interface WebSession {
  /** Value of the cookie. */
  readonly cookie: string;
  /** What the page keeps, and says when it opens its socket. */
  readonly key: string;
}

export class WebAccess {
  /** Digests: what is compared byte by byte says nothing of the secret. */
  readonly #tokens = new Set<string>();
  /** From the cookie's digest to the key's. */
  readonly #sessions = new Map<string, string>();

  /** A token that lets one browser in. */
  createToken(): string {
    const token = secret();
    this.#tokens.add(digest(token));
    dropOldest(this.#tokens, MOST_TOKENS);
    return token;
  }

  /** The token is used up. Undefined when there is no such token, or no longer. */
  redeem(token: string): WebSession | undefined {
    if (!this.#tokens.delete(digest(token))) return undefined;
    const session = { cookie: secret(), key: secret() };
    this.#sessions.set(digest(session.cookie), digest(session.key));
    dropOldest(this.#sessions, MOST_SESSIONS);
    return session;
  }

  mayLoad(cookie: string | undefined): boolean {
    return cookie !== undefined && this.#sessions.has(digest(cookie));
  }

  mayConnect(cookie: string | undefined, key: string | undefined): boolean {
    if (cookie === undefined || key === undefined) return false;
    return this.#sessions.get(digest(cookie)) === digest(key);
  }
}

function secret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function dropOldest(
  kept: { readonly size: number; keys(): Iterator<string>; delete(key: string): boolean },
  most: number,
): void {
  if (kept.size > most) kept.delete(kept.keys().next().value!);
}

/** The value of a cookie of this name. Source: RFC 6265, 4.2. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}
