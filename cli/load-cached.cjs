/**
 * Loads the built program with the code that V8 made of it at an earlier run: half of a short command's time would go into compiling. The cache lies
 * beside the program, one for each version of Node; a build clears it away. It is written when a guest's run ends that had none, or that did something new: then
 * other things that are kept beside the program (native.ts) have just been written too. `bash -c true` takes a tenth less with the code of bash than with that of `busybox true`.
 */
'use strict';
const { readdirSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');

/** Starting makes ten collections of a young generation that grows slowly; growing at once leaves three (measured: 5 % of `busybox true`). */
const FASTER_GROWTH = '--semi-space-growth-factor=8';

/** The build's name is said in so many first characters. */
const HEAD = 200;

/** @param {string} program path of a file that is one function, of what a CommonJS module finds around it and of `import` @returns its exports, and what keeps the code that has been compiled by then */
function loadCached(program) {
  v8.setFlagsFromString(FASTER_GROWTH);
  const source = readFileSync(program, 'latin1');
  const [, build] = /__buildId='([^']*)'/.exec(source.slice(0, HEAD));
  const cache = `${program}.${build}.${process.arch}-${process.version}.cache`;
  const cachedData = readIfThere(cache);
  const script = new vm.Script(source, { filename: program, ...(cachedData && { cachedData }) });
  const keepCode = () => {
    if (cachedData === undefined || script.cachedDataRejected || isOutdated(cache, build)) write(cache, script);
  };
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, program, dirname(program), (name) => import(name));
  return { program: module.exports, keepCode };
}

/** Whether something of this build that is kept beside the cache is newer. */
function isOutdated(cache, build) {
  try {
    const { mtimeMs } = statSync(cache);
    const folder = dirname(cache);
    const kept = readdirSync(folder).filter((name) => name.endsWith(`.${build}.bin`));
    return kept.some((name) => statSync(join(folder, name)).mtimeMs > mtimeMs);
  } catch {
    return false;
  }
}

function readIfThere(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Not being able to write only costs time. */
function write(path, script) {
  try {
    writeFileSync(`${path}.${process.pid}`, script.createCachedData());
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // A read-only installation.
  }
}

module.exports = { loadCached };
