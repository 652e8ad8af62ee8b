/**
 * Places of the host that a guest may not see, or not change, in whatever shown folder they lie. A place is meant by its path and by what is
 * there now: renaming a folder above it is refused, and another name of the same file (a hard link) is the same file.
 */
import { realpathSync, statSync } from 'node:fs';
import { dirname, join, basename } from 'node:path';
import { toByteString } from '../../kernel/byte-string.ts';
import { identityOf, type Folder } from './host-folders.ts';

export interface HostRulesOptions {
  /** Host paths. */
  readonly hidden: readonly string[];
  readonly unchangeable: readonly string[];
}

/** A denied place, below the root of one server or above it. */
interface Place {
  readonly path: string;
  /** Undefined while nothing is there. */
  readonly identity: string | undefined;
}

export class HostRules {
  readonly #hidden: readonly Place[];
  readonly #unchangeable: readonly Place[];

  constructor({ hidden, unchangeable }: HostRulesOptions) {
    this.#hidden = hidden.map(placeOf);
    this.#unchangeable = unchangeable.map(placeOf);
  }

  /** For the tree of one folder: undefined when no rule can concern it. */
  below(root: string): TreeRules | undefined {
    const rules = new TreeRules(root, this.#hidden, this.#unchangeable);
    return this.#hidden.length + this.#unchangeable.length === 0 ? undefined : rules;
  }
}

export class TreeRules {
  readonly #root: string;
  readonly #hidden: readonly Place[];
  readonly #unchangeable: readonly Place[];

  constructor(root: string, hidden: readonly Place[], unchangeable: readonly Place[]) {
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
    return this.#hidden.some((place) => this.#isAt(place, folder, name, identity));
  }

  /** Whether the file, or a folder above it, may not be changed. */
  forbidsChange(folder: Folder): boolean {
    if (this.#unchangeable.length === 0) return false;
    if (this.#unchangeable.some(({ path }) => isWithin(this.#root, path))) return true;
    for (let at: Folder | undefined = folder; at?.parent !== undefined; at = at.parent) {
      const { parent, name, identity } = at;
      if (this.#unchangeable.some((place) => this.#isAt(place, parent, name, identity))) return true;
    }
    return false;
  }

  /** Whether a rule is about something below: then the folder keeps its name. */
  hasRuleBelow(folder: Folder): boolean {
    const path = `${this.#pathOf(folder)}/`;
    return [...this.#hidden, ...this.#unchangeable].some((place) => toByteString(place.path).startsWith(path));
  }

  #isAt(place: Place, folder: Folder, name: string, identity: string | undefined): boolean {
    if (identity !== undefined && place.identity === identity) return true;
    return toByteString(place.path) === `${this.#pathOf(folder)}/${name}`;
  }

  #pathOf(folder: Folder): string {
    const names: string[] = [];
    for (let at = folder; at.parent !== undefined; at = at.parent) names.unshift(at.name);
    return [toByteString(this.#root), ...names].join('/');
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** Links on the way are followed now. */
function placeOf(path: string): Place {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats !== undefined) return { path: realpathSync(path), identity: identityOf(stats) };
  const parent = dirname(path);
  const above = parent === path ? path : placeOf(parent).path;
  return { path: join(above, basename(path)), identity: undefined };
}
