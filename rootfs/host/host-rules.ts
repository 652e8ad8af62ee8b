/**
 * Places of the host that a guest may not see, or not change, in whatever shown folder they lie. A place is meant by its path and by what is
 * there now: renaming a folder above it is refused, and another name of the same file (a hard link) is the same file.
 */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { toByteString, type ByteString } from '../../kernel/byte-string.ts';
import { identityOf, pathBelow, type Folder } from './host-folders.ts';

export interface HostRulesOptions {
  /** Host paths. */
  readonly hidden: readonly string[];
  readonly unchangeable: readonly string[];
}

/** A denied place, below the root of one server or above it. */
interface Place {
  readonly path: ByteString;
  /** Undefined while nothing is there. */
  readonly identity: string | undefined;
}

export class HostRules {
  readonly #hidden: readonly Place[];
  readonly #unchangeable: readonly Place[];

  constructor({ hidden, unchangeable }: HostRulesOptions) {
    this.#hidden = hidden.map(placeAt);
    this.#unchangeable = unchangeable.map(placeAt);
  }

  /** For the tree of one folder: undefined when there are none. */
  below(root: string): TreeRules | undefined {
    if (this.#hidden.length + this.#unchangeable.length === 0) return undefined;
    return new TreeRules(slashed(root), this.#hidden, this.#unchangeable);
  }
}

export class TreeRules {
  readonly #root: ByteString;
  readonly #hidden: readonly Place[];
  readonly #unchangeable: readonly Place[];

  constructor(root: ByteString, hidden: readonly Place[], unchangeable: readonly Place[]) {
    this.#root = root;
    this.#hidden = hidden;
    this.#unchangeable = unchangeable;
  }

  /** Whether the tree is denied as a whole. */
  get hidesRoot(): boolean {
    return this.#hidden.some(({ path }) => isWithin(this.#root, path));
  }

  /** Of a name in a folder, and of what is there now (undefined: nothing). */
  hides(folder: Folder, name: string, identity: string | undefined): boolean {
    const path = pathBelow(this.#root, { parent: folder, name });
    return this.#hidden.some((place) => place.path === path || isPlace(place, identity));
  }

  /** Whether the file, or a folder above it, may not be changed. */
  forbidsChange(folder: Folder): boolean {
    if (this.#unchangeable.length === 0) return false;
    const path = pathBelow(this.#root, folder);
    if (this.#unchangeable.some((place) => isWithin(path, place.path))) return true;
    for (let at: Folder | undefined = folder; at?.parent !== undefined; at = at.parent) {
      const { identity } = at;
      if (this.#unchangeable.some((place) => isPlace(place, identity))) return true;
    }
    return false;
  }

  /** Whether a rule is about something below: then the folder keeps its name. */
  hasRuleBelow(folder: Folder): boolean {
    const path = pathBelow(this.#root, folder);
    return [...this.#hidden, ...this.#unchangeable].some((place) => place.path !== path && isWithin(place.path, path));
  }
}

/** Whether what is somewhere is what the rule is about, by whatever name. */
function isPlace(place: Place, identity: string | undefined): boolean {
  return identity !== undefined && place.identity === identity;
}

function isWithin(path: ByteString, folder: ByteString): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** Links on the way are followed now. */
function placeAt(path: string): Place {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return { path: slashed(realPathOf(path)), identity: stats && identityOf(stats) };
}

/** Of what is not there yet: where it will be. */
function realPathOf(path: string): string {
  const parent = dirname(path);
  return existsSync(path) || parent === path ? realpathSync(path) : join(realPathOf(parent), basename(path));
}

function slashed(path: string): ByteString {
  return toByteString(sep === '/' ? path : path.replaceAll(sep, '/'));
}
