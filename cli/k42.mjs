#!/usr/bin/env node
/**
 * The `k42` command in a checkout. Plain JavaScript without dependencies, because it must run before anything is installed: it installs the
 * packages when they are missing, builds when sources are newer than the build, then hands over to the built command line.
 */
import module from 'node:module';
import { compileCacheFolder, ensureNodeVersion, ensurePackages, ensureBuild } from './setup.mjs';

ensureNodeVersion();
ensurePackages();
const entry = await ensureBuild();
// Node 22 and newer keep the compiled form of modules; older ones compile at every start.
module.enableCompileCache?.(compileCacheFolder);
const { main } = await import(entry);
await main(process.argv.slice(2));
