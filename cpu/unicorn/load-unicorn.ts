/**
 * Finds a provider of the Unicorn API: the package @alexaltea/unicorn-js where installed, else the system's libunicorn through
 * koffi. Both are optional; nothing of them is loaded before this is called.
 */
import { koffiUnicorn } from './koffi-provider.ts';
import type { Koffi } from './koffi-provider.ts';
import type { UnicornModule } from './unicorn-api.ts';

/** The module, or undefined when no provider is installed. */
export async function loadUnicorn(): Promise<UnicornModule | undefined> {
  const koffi = (await importOptional('koffi')) as { default: Koffi } | undefined;
  return koffi === undefined ? undefined : koffiUnicorn(koffi.default);
}

/** An import that bundlers leave alone and that may fail. */
async function importOptional(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch {
    return undefined;
  }
}
