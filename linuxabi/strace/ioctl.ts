/** ioctl's requests and what their third argument points at. */
import * as fileRequests from '../abi/ioctl.ts';
import * as termios from '../abi/termios.ts';
import { choiceOf, entry, flagsOf, hexOf, i32, nameOf, pointerOf, structAt, u32 } from './show.ts';
import type { CallView, Show, StructText } from './show.ts';

/** Requests that share their number with one of another driver carry both names. Source: strace's ioctlent.h. */
const shared: Readonly<Record<number, string>> = {
  [termios.TCGETS]: 'TCGETS',
  [termios.TCSETS]: 'SNDCTL_TMR_START or TCSETS',
  [termios.TCSETSW]: 'SNDCTL_TMR_STOP or TCSETSW',
  [termios.TCSETSF]: 'SNDCTL_TMR_CONTINUE or TCSETSF',
};
const requests: Record<string, number> = {};
for (const [name, value] of Object.entries({ ...termios, ...fileRequests })) {
  if (typeof value === 'number' && /^(TC|TIOC|FIO)/.test(name)) requests[name] = value;
}
Object.freeze(requests);

const inputFlags = pick(
  'IGNBRK BRKINT IGNPAR PARMRK INPCK ISTRIP INLCR IGNCR ICRNL IUCLC IXON IXANY IXOFF IMAXBEL IUTF8',
);
const outputFlags = pick('OPOST OLCUC ONLCR OCRNL ONOCR ONLRET');
const localFlags = pick(
  'ISIG ICANON XCASE ECHO ECHOE ECHOK ECHONL NOFLSH IEXTEN ECHOCTL ECHOPRT ECHOKE FLUSHO PENDIN TOSTOP EXTPROC',
);
const controlFlags = pick('CREAD HUPCL CLOCAL');

function pick(words: string): Record<string, number> {
  const all: Readonly<Record<string, unknown>> = { ...termios };
  return Object.fromEntries(words.split(' ').map((word) => [word, all[word] as number]));
}

const DELAYS = 'NL0|CR0|TAB0|BS0|VT0|FF0';
const speeds: Readonly<Record<number, string>> = {
  0: 'B0',
  13: 'B9600',
  14: 'B19200',
  15: 'B38400',
  4097: 'B57600',
  4098: 'B115200',
};
const sizes = ['CS5', 'CS6', 'CS7', 'CS8'];

const termiosText: StructText = (view) => {
  const output = u32(view, 4);
  const control = u32(view, 8);
  const delays = (output & termios.TABDLY) === termios.XTABS ? DELAYS.replace('TAB0', 'TAB3') : DELAYS;
  const otherOutput = flagsOf(output & ~termios.TABDLY, outputFlags, '');
  const otherControl = flagsOf(control & ~termios.CBAUD & ~termios.CS8, controlFlags, '');
  const parts = [
    `c_iflag=${flagsOf(u32(view, 0), inputFlags)}`,
    `c_oflag=${[delays, otherOutput].filter(Boolean).join('|')}`,
    `c_cflag=${[speeds[control & termios.CBAUD] ?? hexOf(control & termios.CBAUD), sizes[(control >> 4) & 3], otherControl].filter(Boolean).join('|')}`,
    `c_lflag=${flagsOf(u32(view, 12), localFlags)}`,
  ];
  return `{${parts.join(', ')}, ...}`;
};
const windowText: StructText = (view) =>
  ['ws_row', 'ws_col', 'ws_xpixel', 'ws_ypixel']
    .map((name, i) => `${name}=${view.getUint16(2 * i, true)}`)
    .join(', ')
    .replace(/^.*$/, '{$&}');
const intText: StructText = (view) => `[${i32(view, 0)}]`;

interface RequestArgument {
  readonly direction: 'given' | 'filled';
  readonly length: number;
  readonly text: StructText;
}

const argumentTable: Readonly<Record<number, RequestArgument>> = {
  [termios.TCGETS]: { direction: 'filled', length: termios.TERMIOS_SIZE, text: termiosText },
  [termios.TCSETS]: { direction: 'given', length: termios.TERMIOS_SIZE, text: termiosText },
  [termios.TCSETSW]: { direction: 'given', length: termios.TERMIOS_SIZE, text: termiosText },
  [termios.TCSETSF]: { direction: 'given', length: termios.TERMIOS_SIZE, text: termiosText },
  [termios.TIOCGWINSZ]: { direction: 'filled', length: termios.WINSIZE_SIZE, text: windowText },
  [termios.TIOCSWINSZ]: { direction: 'given', length: termios.WINSIZE_SIZE, text: windowText },
  [termios.TIOCGPGRP]: { direction: 'filled', length: 4, text: intText },
  [termios.TIOCSPGRP]: { direction: 'given', length: 4, text: intText },
  [termios.TIOCGSID]: { direction: 'filled', length: 4, text: intText },
  [fileRequests.FIONREAD]: { direction: 'filled', length: 4, text: intText },
  [0x40045431]: { direction: 'given', length: 4, text: intText },
  [0x80045430]: { direction: 'filled', length: 4, text: intText },
  [fileRequests.FIONBIO]: { direction: 'given', length: 4, text: intText },
};

const directions = ['_IOC_NONE', '_IOC_WRITE', '_IOC_READ', '_IOC_READ|_IOC_WRITE'];
/** A request nobody knows, taken apart. Source: include/uapi/asm-generic/ioctl.h. */
function unknownRequest(value: number): string {
  const parts = [(value >>> 8) & 0xff, value & 0xff, (value >>> 16) & 0x3fff].map(hexOf);
  return `_IOC(${directions[value >>> 30]}, ${parts.join(', ')})`;
}

export const request: Show = entry((call: CallView, index) => {
  const value = call.int(index) >>> 0;
  return shared[value] ?? nameOf(value, requests) ?? unknownRequest(value);
});

const withoutArgument: readonly string[] = ['FIOCLEX', 'FIONCLEX', 'TIOCEXCL', 'TIOCNXCL', 'TIOCNOTTY'];
const numberNames: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  TCFLSH: { TCIFLUSH: 0, TCOFLUSH: 1, TCIOFLUSH: 2 },
  TCXONC: { TCOOFF: 0, TCOON: 1, TCIOFF: 2, TCION: 3 },
};
const decimal: readonly string[] = ['TCSBRK', 'TCSBRKP', 'TIOCSCTTY'];

function plainArgument(call: CallView, index: number): string {
  const name = nameOf(call.int(1) >>> 0, requests) ?? '';
  const names = numberNames[name];
  if (withoutArgument.includes(name)) return '';
  if (names !== undefined) return `, ${choiceOf(call.int(index), names, 'TC???')}`;
  return `, ${decimal.includes(name) ? call.address(index) : hexOf(call.address(index))}`;
}

const knownArgument: Show['text'] = (call, index) => {
  const address = call.address(index);
  const known = argumentTable[call.int(1) >>> 0]!;
  if (known.direction === 'filled' && call.failed) return pointerOf(address);
  return structAt(call, address, known.length, known.text);
};

export const requestArgument: Show = {
  at: 'exit',
  comma: 'own',
  text: (call, index) =>
    argumentTable[call.int(1) >>> 0] === undefined ? plainArgument(call, index) : `, ${knownArgument(call, index)}`,
};
