/** Random bytes of the host. Every program asks for 16 at its start, and Node takes longer to load its crypto module than a shell to say hello. */
import { closeSync, openSync, readSync } from 'node:fs';

const DEVICE = '/dev/urandom';
/** Read ahead, for the many who ask for a few; more is read straight into where it goes. */
const POOL_BYTES = 4096;

/** Fills with random bytes: from the host's device where it has one. It holds no descriptor between calls, so nobody has to close it. */
export function hostRandom(): (into: Uint8Array) => void {
  const pool = new Uint8Array(POOL_BYTES);
  let left = 0;
  return (into) => {
    if (into.length > POOL_BYTES) {
      fill(into);
      return;
    }
    if (left < into.length) {
      fill(pool);
      left = POOL_BYTES;
    }
    // Handed out once, and no longer known here.
    into.set(pool.subarray(left - into.length, left));
    pool.fill(0, left - into.length, left);
    left -= into.length;
  };
}

function fill(into: Uint8Array): void {
  const device = openDevice();
  if (device === undefined) {
    process.getBuiltinModule('node:crypto').randomFillSync(into);
    return;
  }
  try {
    for (let done = 0; done < into.length;) done += readSync(device, into, done, into.length - done, null);
  } finally {
    closeSync(device);
  }
}

function openDevice(): number | undefined {
  try {
    return openSync(DEVICE, 'r');
  } catch {
    return undefined;
  }
}
