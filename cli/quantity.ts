/** Amounts on the command line: sizes as Docker writes them, durations as timeout(1) does. */
import { UsageError } from './options.ts';

const UNIT_BYTES: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const UNIT_SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };
const NS_PER_SECOND = 1_000_000_000;

/** `512m`, `1.5g`, `64kb`, `4096`: bytes. */
export function parseSize(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)([bkmgt]?)b?$/i.exec(text);
  const unit = UNIT_BYTES[match?.[2]?.toLowerCase() ?? ''];
  if (match === null || unit === undefined) throw new UsageError(`${option} ${text}: expected a size as 512m or 2g`);
  return Math.floor(Number(match[1]) * unit);
}

/** `10`, `2.5s`, `5m`, `1h`: nanoseconds. */
export function parseDuration(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(text);
  const unit = UNIT_SECONDS[match?.[2] ?? ''];
  if (match === null || unit === undefined)
    throw new UsageError(`${option} ${text}: expected a time as 10s, 2.5m or 1h`);
  return Number(match[1]) * unit * NS_PER_SECOND;
}

/** A whole number from `least` on. */
export function parseCount(option: string, text: string, least: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  if (value < least) throw new UsageError(`${option} ${text}: expected a whole number from ${least} on`);
  return value;
}
