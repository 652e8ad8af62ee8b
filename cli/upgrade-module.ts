/**
 * Loads what `upgrade` (kernel/upgrade.ts) is given: a JavaScript or TypeScript module from anywhere on the host. It is read anew each time, so that
 * a repaired file can be tried at once. TypeScript needs a Node that strips types itself (22.18, 23.6) or esbuild, which k42 is built with.
 */
import { statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { UpgradeModule } from '../kernel/upgrade.ts';

/** Rejects with a message for the operator when the file can't be read, understood or run. What it exports is checked by `upgrade`. */
export async function loadUpgradeModule(path: string): Promise<UpgradeModule> {
  const file = resolve(path);
  try {
    return (await load(file)) as UpgradeModule;
  } catch (failure) {
    throw new Error(`can't load ${path}: ${failure instanceof Error ? failure.message : String(failure)}`, {
      cause: failure,
    });
  }
}

async function load(file: string): Promise<unknown> {
  const isTypeScript = ['.ts', '.mts', '.cts'].includes(extname(file));
  if (!isTypeScript || stripsTypes()) {
    const url = pathToFileURL(file);
    // Modules are cached by their address.
    url.searchParams.set('changed', String(statSync(file).mtimeMs));
    return await import(url.href);
  }
  const text = await bundled(file);
  return await import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
}

function stripsTypes(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript);
}

/** The module and what it imports, as JavaScript. */
async function bundled(file: string): Promise<string> {
  let esbuild;
  try {
    esbuild = await import('esbuild');
  } catch (failure) {
    throw new Error(`Node ${process.version} can't read TypeScript, and esbuild is not installed`, { cause: failure });
  }
  const { outputFiles } = await esbuild.build({
    entryPoints: [file],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
}
