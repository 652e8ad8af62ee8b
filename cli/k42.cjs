#!/usr/bin/env node
/**
 * The `k42` command in a checkout. Plain JavaScript without dependencies, because it must run before anything is installed: it installs the
 * packages when they are missing, builds when sources are newer than the build, then hands over to the built command line.
 */
'use strict';
const { ensureNodeVersion, ensurePackages, ensureBuild } = require('./setup.cjs');
const { loadCached } = require('./load-cached.cjs');

ensureNodeVersion();
ensurePackages();
void ensureBuild().then((path) => {
  const { program, keepCode } = loadCached(path);
  return program.main(process.argv.slice(2), keepCode);
});
