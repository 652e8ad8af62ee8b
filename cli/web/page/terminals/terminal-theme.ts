/** Fonts and colours of the terminal, for a light page and a dark one. Each of the sixteen reads on its background. */
import type { ITheme } from '@xterm/xterm';
import type { Scheme } from '../theme.ts';

export const TERMINAL_FONTS =
  'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace';

export const terminalThemes: Readonly<Record<Scheme, ITheme>> = {
  dark: {
    background: '#11141a',
    foreground: '#d7dce5',
    cursor: '#9db0ff',
    cursorAccent: '#11141a',
    selectionBackground: '#34488a',
    black: '#2a303c',
    red: '#f0787f',
    green: '#7fcf8d',
    yellow: '#e2b962',
    blue: '#82aaff',
    magenta: '#c99bf0',
    cyan: '#6fd0d8',
    white: '#c4cad6',
    brightBlack: '#7d8798',
    brightRed: '#ff9a9f',
    brightGreen: '#a2e6ac',
    brightYellow: '#f5d48a',
    brightBlue: '#a9c4ff',
    brightMagenta: '#dfbcff',
    brightCyan: '#9be9ef',
    brightWhite: '#f4f6fa',
  },
  light: {
    background: '#ffffff',
    foreground: '#1f2530',
    cursor: '#3450c4',
    cursorAccent: '#ffffff',
    selectionBackground: '#c9d4ff',
    black: '#1f2530',
    red: '#b3261e',
    green: '#1f7a34',
    yellow: '#855c00',
    blue: '#2f52c8',
    magenta: '#8a3cb0',
    cyan: '#0c7380',
    white: '#66707f',
    brightBlack: '#5a6473',
    brightRed: '#c93a31',
    brightGreen: '#24863c',
    brightYellow: '#946800',
    brightBlue: '#3f66e0',
    brightMagenta: '#9c4cc4',
    brightCyan: '#0f8090',
    brightWhite: '#39424f',
  },
};
