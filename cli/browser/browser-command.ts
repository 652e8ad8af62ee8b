/** `k42 browser`: serves a page in which the machine itself runs, until it is interrupted. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureDefaultRoot } from '../../rootfs/default-root/default-root.ts';
import { note } from '../note.ts';
import { parseOptions, UsageError, type OptionRule } from '../options.ts';
import { DEFAULT_WEB_ADDRESS, parseWebAddress } from '../web/web-address.ts';
import { BrowserServer } from './browser-server.ts';

export const browserRules: readonly OptionRule[] = [
  { long: 'rootfs', value: 'TAR', help: 'tar archive that is the root, .gz too (default: Debian’s busybox and bash)' },
];
/** What a browser unpacks by itself. */
const ARCHIVE = /\.(tar|tgz|tar\.gz)$/;

export async function browser(words: readonly string[]): Promise<number> {
  const parsed = parseOptions(browserRules, words);
  const [place, more] = parsed.rest;
  if (more !== undefined) throw new UsageError(`k42 browser takes one address, not '${more}' too`);
  const address = place === undefined ? DEFAULT_WEB_ADDRESS : parseWebAddress(place);
  const root = parsed.value('rootfs') ?? (await ensureDefaultRoot(note));
  if (!ARCHIVE.test(root) || !existsSync(root))
    throw new UsageError(`--rootfs ${root}: k42 browser takes a tar archive (.tar, .tar.gz, .tgz)`);
  // The built program lies beside what it serves.
  const build = fileURLToPath(new URL('.', import.meta.url));
  const server = await BrowserServer.open({ address, build, root });
  process.stdout.write(`${server.url}\n`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await server.close();
  return 0;
}
