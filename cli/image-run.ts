/** What `docker run` makes of an image's configuration and the words of the command line. */
import { existsSync, statSync } from 'node:fs';
import { isImageFolder, type ImageConfig } from '../rootfs/image/image.ts';
import type { RunRequest, SessionOptions } from './run-options.ts';

const ARCHIVE_NAME = /\.(tar|tar\.(gz|xz|zst)|tgz|txz)$/;

/** `k42 run IMAGE.tar PROG …` is `k42 run --rootfs IMAGE.tar PROG …`. */
export function takeRootWord(request: RunRequest): RunRequest {
  const [first, ...rest] = request.program;
  if (first === undefined || request.session.rootfs !== undefined || !namesRoot(first)) return request;
  return { session: { ...request.session, rootfs: first }, program: rest };
}

function namesRoot(word: string): boolean {
  if (!existsSync(word)) return false;
  return statSync(word).isDirectory() ? isImageFolder(word) : ARCHIVE_NAME.test(word);
}

/** What an image has an opinion on. */
export type ProgramSettings = Pick<SessionOptions, 'environment' | 'user' | 'workdir'>;

/** The options with the image's settings where they say nothing. */
export function withImageSettings<Options extends ProgramSettings>(
  options: Options,
  config: ImageConfig | undefined,
): Options {
  if (config === undefined) return options;
  return {
    ...options,
    environment: { ...config.environment, ...options.environment },
    user: options.user ?? config.user,
    workdir: options.workdir ?? config.workdir ?? '/',
  };
}

/** Entrypoint and arguments; words of the command line replace the image's command. An entrypoint of one's own drops it too. */
export function imageProgram(
  words: readonly string[],
  options: SessionOptions,
  config: ImageConfig | undefined,
): readonly string[] {
  if (options.entrypoint !== undefined) return [options.entrypoint, ...words];
  if (config === undefined) return words;
  return [...config.entrypoint, ...(words.length > 0 ? words : config.command)];
}
