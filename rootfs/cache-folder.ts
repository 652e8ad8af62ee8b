/** Where what was fetched, made or unpacked once is kept, outside any repository. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** $K42_CACHE, or k42 below the user's cache folder. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment['K42_CACHE']) return environment['K42_CACHE'];
  const base =
    environment['XDG_CACHE_HOME'] ??
    (process.platform === 'win32' ? environment['LOCALAPPDATA'] : undefined) ??
    join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache');
  return join(base, 'k42');
}
