/** Where the default root is kept; it is made (make-default-root.ts) when it is not there yet. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cache-folder.ts';

/** Part of the archive's name: to be raised when what goes into the root changes. */
const VERSION = 1;

/** Path of the default root's archive, made first when it is not there; `note` hears of the long steps. */
export async function ensureDefaultRoot(note: (text: string) => void = () => undefined): Promise<string> {
  const folder = cacheFolder();
  const archive = join(folder, `default-root-v${VERSION}.tar`);
  if (existsSync(archive)) return archive;
  const { makeDefaultRoot } = await import('./make-default-root.ts');
  await makeDefaultRoot(archive, note);
  return archive;
}
