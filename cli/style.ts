/** Colours and weights for people: only on a terminal, and never with NO_COLOR. Source: https://no-color.org */

/** Sequences that begin and end each. Source: ECMA-48, 8.3.117 (SGR). */
const SEQUENCES = {
  bold: ['\x1b[1m', '\x1b[22m'],
  red: ['\x1b[31m', '\x1b[39m'],
  green: ['\x1b[32m', '\x1b[39m'],
} as const;

/** Begins the line anew. Source: ECMA-48, 8.3.41 (EL). */
export const CLEAR_LINE = '\r\x1b[K';

type Style = keyof typeof SEQUENCES;

/** Where the text goes to decides. */
export function styled(stream: NodeJS.WriteStream, style: Style, text: string): string {
  const [begin, end] = SEQUENCES[style];
  return hasStyles(stream) ? begin + text + end : text;
}

function hasStyles(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR = '', TERM } = process.env;
  return stream.isTTY && NO_COLOR === '' && TERM !== 'dumb';
}
