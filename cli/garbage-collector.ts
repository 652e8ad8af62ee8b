/** Collects garbage now. Node tells nobody how by itself: a context made while V8's flag is set has `gc`. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export function garbageCollector(): () => void {
  let collect: (() => void) | undefined;
  return () => {
    collect ??= expose();
    collect();
  };
}

function expose(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // Code kept for later starts (load-cached.cjs) is only taken by a V8 with the same flags.
  setFlagsFromString('--no-expose-gc');
  return collect;
}
