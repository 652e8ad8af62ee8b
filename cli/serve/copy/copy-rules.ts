/** Where a copy goes, by Docker's rules. Source: docs.docker.com, `docker container cp`. */
import { UsageError } from '../../options.ts';
import type { FileKind } from './tree-files.ts';

export interface CopySource {
  readonly path: string;
  readonly kind: FileKind;
}

export interface CopyDestination {
  readonly path: string;
  /** Through links; undefined: it is not there. */
  readonly kind: FileKind | undefined;
}

/** Path of the file or folder that is made. Throws where the rules don't allow it. */
export function copyTarget(source: CopySource, destination: CopyDestination): string {
  const { path, kind } = destination;
  const base = baseName(source.path);
  if (source.kind === 'folder') {
    if (kind === undefined) return withoutEnd(path);
    if (kind !== 'folder') throw new UsageError(`${source.path} is a folder, ${path} is a file`);
    return copiesContents(source.path) || base === '' ? withoutEnd(path) : within(path, base);
  }
  if (kind === 'folder') return within(path, base);
  if (path.endsWith('/'))
    throw new UsageError(kind === undefined ? `there is no folder ${path}` : `${path} is not a folder`);
  return path;
}

/** `folder/.`: what is in it, not itself. */
function copiesContents(path: string): boolean {
  return path === '.' || path.endsWith('/.');
}

function baseName(path: string): string {
  return withoutEnd(path.replace(/\/\.$/, '/')).split('/').at(-1)!;
}

function withoutEnd(path: string): string {
  return path.replace(/\/+$/, '') || '/';
}

function within(folder: string, name: string): string {
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
}

/** `NAME:PATH` names a file of a machine; a path with a slash before the colon, or without one, is the host's. */
export interface CopyPlace {
  /** Undefined: the host. */
  readonly machine: string | undefined;
  readonly path: string;
}

export function parseCopyPlace(word: string): CopyPlace {
  const match = /^([A-Za-z][\w.-]*):(.*)$/s.exec(word);
  const isDrive = process.platform === 'win32' && /^[A-Za-z]:[\\/]/.test(word);
  if (match === null || isDrive) return { machine: undefined, path: word };
  const [, machine = '', path = ''] = match;
  // As for Docker, paths of a machine begin at its root.
  return { machine, path: path.startsWith('/') ? path : `/${path}` };
}
