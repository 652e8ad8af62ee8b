/** The shell that a root has to offer, started as a login shell. */
import type { FileSystem } from '../linuxabi/fs/file-system.ts';
import { existsIn } from './session-files.ts';

/** A program by name or path, and what it finds as its arguments. */
export interface NamedProgram {
  readonly name: string;
  readonly argv: readonly string[];
}

export function loginShell(system: FileSystem): NamedProgram {
  const name = existsIn(system, '/bin/bash') ? 'bash' : 'sh';
  return { name, argv: [`-${name}`] };
}
