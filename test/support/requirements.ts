/**
 * Real parts that a machine may lack (gcc, libunicorn, node-pty, a package client). Without one its tests are skipped with the reason printed;
 * with CI=true, where set-up installs everything, the lack is a failure.
 */
import { spawnSync } from 'node:child_process';

export const isCi = process.env['CI'] === 'true';

/** Whether the part is there. `probe` throws (or rejects) when it is not. */
export async function requirement(name: string, probe: () => unknown): Promise<boolean> {
  try {
    await probe();
    return true;
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message.split('\n')[0] : String(failure);
    if (isCi) throw new Error(`CI needs ${name}: ${reason}`, { cause: failure });
    process.stderr.write(`skipped: tests that need ${name} (${reason})\n`);
    return false;
  }
}

/** A probe for a command on the PATH. */
export function command(name: string, args: readonly string[] = ['--version']): () => void {
  return () => {
    const result = spawnSync(name, args, { stdio: 'ignore' });
    if (result.error !== undefined) throw new Error(`${name} not found`);
    if (result.status !== 0) throw new Error(`${name} ${args.join(' ')}: status ${result.status}`);
  };
}
