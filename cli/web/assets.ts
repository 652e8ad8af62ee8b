/** The page's files: read once, and nothing else is ever served. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Asset {
  readonly type: string;
  readonly bytes: Buffer;
}

const types: Readonly<Record<string, string>> = {
  '/app.js': 'text/javascript; charset=utf-8',
  '/app.css': 'text/css; charset=utf-8',
  '/icon.svg': 'image/svg+xml',
};
const NONCE_MARK = '%NONCE%';

export class Assets {
  readonly #files: ReadonlyMap<string, Asset>;
  readonly #page: string;

  /** Throws when the build has no such folder. */
  constructor(folder: string) {
    const entries = Object.entries(types);
    this.#files = new Map(entries.map(([path, type]) => [path, { type, bytes: readFileSync(join(folder, path)) }]));
    this.#page = readFileSync(join(folder, 'index.html'), 'utf8');
  }

  find(path: string): Asset | undefined {
    return this.#files.get(path);
  }

  page(nonce: string): string {
    return this.#page.replaceAll(NONCE_MARK, nonce);
  }
}
