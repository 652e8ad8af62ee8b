/** What someone does with a program at a terminal: keys, and the screen that is waited for after each. */
import type { ScreenSize } from './screen.ts';

export interface Step {
  /** Typed as they are. */
  readonly keys?: string;
  readonly resize?: ScreenSize;
  /** Both screens show this before they are compared. */
  readonly until: string | RegExp;
}

export interface Scenario {
  readonly name: string;
  /** Programs of the host without which it can't be played. */
  readonly needs: readonly string[];
  /** Run in the home folder, where the files of `files` are. */
  readonly command: readonly string[];
  readonly size?: ScreenSize;
  readonly steps: readonly Step[];
  /** What is compared of a line; numbers that are never the same are taken out here. */
  readonly mask?: (line: string) => string;
  /** Rows that are compared, where the rest can't be the same: a list of processes. */
  readonly rows?: (lines: readonly string[]) => readonly string[];
}

export const PROMPT = '% ';
export const CONTROL = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) & 0x1f);
export const ESCAPE = '\x1b';
