/** In place of `node:path` in a browser's bundle: packages name these functions when they are loaded, and the core never calls them. */
function absent(): never {
  throw new Error('there are no paths of a host in a browser');
}

export const sep = '/';
export const posix = { join: absent, normalize: absent };
export {
  absent as basename,
  absent as dirname,
  absent as isAbsolute,
  absent as join,
  absent as normalize,
  absent as relative,
  absent as resolve,
};
