/**
 * What `npm test` does first: npm packages, and on CI=true the system packages that some tests need. Elsewhere a missing
 * part only skips its tests, with the reason printed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ensureNodeVersion, ensurePackages, fail, note } from '../cli/setup.cjs';

/** Debian packages, by the file whose presence shows that the package is there. */
const SYSTEM_PARTS = [
  { package: 'gcc', present: () => succeeds('gcc', ['--version']) },
  { package: 'libc6-dev', present: () => existsSync('/usr/include/stdio.h') },
  { package: 'binutils', present: () => succeeds('objdump', ['--version']) },
  { package: 'gdb', present: () => succeeds('gdb', ['--version']) },
  { package: 'strace', present: () => succeeds('strace', ['-V']) },
  { package: 'procps', present: () => succeeds('ps', ['-V']) },
  { package: 'psmisc', present: () => succeeds('pstree', ['-V']) },
  { package: 'less', present: () => succeeds('less', ['--version']) },
  { package: 'vim-tiny', present: () => succeeds('vim.tiny', ['--version']) },
  { package: 'lsof', present: () => succeeds('lsof', ['-v']) },
  {
    package: 'chromium',
    present: () =>
      succeeds('sh', ['-c', 'command -v chromium || command -v chromium-browser || command -v google-chrome']),
  },
  { package: 'libunicorn2', present: () => succeeds('sh', ['-c', 'ldconfig -p | grep -q libunicorn.so.2']) },
];

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function installSystemParts() {
  const missing = SYSTEM_PARTS.filter((part) => !part.present()).map((part) => part.package);
  if (missing.length === 0) return;
  note(`installing system packages: ${missing.join(' ')}`);
  const apt = { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update', '-q'], apt);
  const result = spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], apt);
  if (result.status !== 0) fail(`could not install ${missing.join(' ')}`);
}

ensureNodeVersion();
ensurePackages();
if (process.env.CI === 'true') installSystemParts();
