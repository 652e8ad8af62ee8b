#!/usr/bin/env node
/**
 * The `k42` command in a checkout. Plain JavaScript without dependencies, because it must run before anything is installed: it installs the
 * packages when they are missing, builds when sources are newer than the build, then hands over to the built command line.
 */
'use strict';
const { ensureNodeVersion, ensurePackages, ensureBuild } = require('./setup.cjs');
const { loadCached } = require('./load-cached.cjs');

/** Commands for a served machine, which may be carried out by a smaller program. */
const FOR_SERVED = ['attach', 'exec', 'kill', 'logs', 'ps', 'stop'];

/** A guess, for the small program leaves what is not: `exec ./PROG` is of the host and needs the whole. */
function isForServed([command, ...words]) {
  return FOR_SERVED.includes(command) && words.find((word) => !word.startsWith('-'))?.includes('/') !== true;
}

async function main(words) {
  const { client, whole } = await ensureBuild();
  if (isForServed(words)) {
    const { program, keepCode } = loadCached(client);
    if (await program.main(words, keepCode)) return;
  }
  const { program, keepCode } = loadCached(whole);
  await program.main(words, keepCode);
}

ensureNodeVersion();
ensurePackages();
void main(process.argv.slice(2));
