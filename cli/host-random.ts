/** Random bytes of the host. Every program asks for 16 at its start, and Node takes longer to load its crypto module than a shell to say hello. */
import { openSync, readSync } from 'node:fs';

const DEVICE = '/dev/urandom';

/** Fills with random bytes: from the host's device where it has one. */
export function hostRandom(): (into: Uint8Array) => void {
  const device = openDevice();
  if (device === undefined) {
    const { randomFillSync } = process.getBuiltinModule('node:crypto');
    return (into) => void randomFillSync(into);
  }
  return (into) => {
    for (let done = 0; done < into.length;) done += readSync(device, into, done, into.length - done, null);
  };
}

function openDevice(): number | undefined {
  try {
    return openSync(DEVICE, 'r');
  } catch {
    return undefined;
  }
}
