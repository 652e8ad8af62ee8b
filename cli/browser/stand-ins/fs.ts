/** In place of `node:fs` in a browser's bundle: elfinfo names it when it is loaded, and is only given bytes. */
export {};
