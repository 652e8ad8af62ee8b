/**
 * What the page and the server say to each other in JSON. The page asks: `{id, method, params}`, answered by `{id, result}` or `{id, error}`;
 * the server tells of events: `{event, …}`. Terminals' bytes go beside that as binary frames (frame.ts). The methods of the control socket
 * (cli/control/protocol.ts) are here too, but for those that reach into the host.
 */
import type { Methods } from '../control/protocol.ts';
import type { CallRecord } from '../../linuxabi/strace/call-recorder.ts';

/** The page speaks no other; said with the key when the socket is opened. */
export const SUBPROTOCOL = 'k42.v1';
/** Before the key, in the list of protocols that the page offers. */
export const KEY_PREFIX = 'key.';

/** Bytes of a terminal that may be on their way to a page, before it says that it has taken some. */
export const CHANNEL_WINDOW = 256 * 1024;
/** Longest message of a page. */
export const MESSAGE_LIMIT = 256 * 1024;

export interface TerminalRow {
  readonly id: number;
  /** What people call it; empty: nothing. */
  readonly name: string;
  /** Words of its program. */
  readonly command: string;
}

/** A span of the timeline: something that a thread did from one time to another. */
export interface TimelineSpan {
  readonly tid: number;
  readonly name: string;
  /** Since the beginning of the recording. */
  readonly startUs: number;
  readonly endUs: number;
}

export interface TimelineMark {
  /** 0: the kernel's own. */
  readonly tid: number;
  readonly name: string;
  readonly atUs: number;
  /** Its fields in words. */
  readonly text: string;
}

export interface Timeline {
  readonly lengthUs: number;
  readonly threads: readonly { readonly tid: number; readonly pid: number; readonly name: string }[];
  /** When threads had the processor. */
  readonly slices: readonly TimelineSpan[];
  /** System calls. */
  readonly calls: readonly TimelineSpan[];
  readonly marks: readonly TimelineMark[];
  /** Records that the ring had no room for. */
  readonly lost: number;
}

interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Methods of the control socket that a page may call. `upgrade` loads a file of the host: it is not among them. */
export const CONTROL_METHODS = ['inspect', 'tasks', 'process', 'waits', 'swap'] as const;

export interface WebMethods extends Pick<Methods, (typeof CONTROL_METHODS)[number]> {
  /** With the machine's name. */
  readonly hello: Methods['hello'];
  readonly terminals: { readonly params: object; readonly result: readonly TerminalRow[] };
  readonly openTerminal: { readonly params: Size; readonly result: TerminalRow };
  /** The terminal's screen comes on the channel, then what happens on it. */
  readonly attach: {
    readonly params: Size & { readonly terminal: number; readonly channel: number };
    readonly result: object;
  };
  readonly detach: { readonly params: { readonly channel: number }; readonly result: object };
  readonly resize: { readonly params: Size & { readonly channel: number }; readonly result: object };
  /** Hangs up: its programs get SIGHUP. */
  readonly closeTerminal: { readonly params: { readonly terminal: number }; readonly result: object };
  readonly renameTerminal: {
    readonly params: { readonly terminal: number; readonly name: string };
    readonly result: object;
  };
  /** `set` in the words of strace; `pid` 0: of all processes. Calls come as events until `unwatchCalls`. */
  readonly watchCalls: { readonly params: { readonly set: string; readonly pid: number }; readonly result: object };
  readonly unwatchCalls: { readonly params: object; readonly result: object };
  /** Answered when the time is over. */
  readonly recordTimeline: { readonly params: { readonly milliseconds: number }; readonly result: Timeline };
  /** The last recording as a file for Perfetto and chrome://tracing. */
  readonly timelineFile: { readonly params: object; readonly result: { readonly json: string } };
  /** A link that lets one more browser in. */
  readonly createLink: { readonly params: object; readonly result: { readonly url: string } };
}
export type WebMethod = keyof WebMethods;

export type WebEvent =
  | { readonly event: 'terminals'; readonly terminals: readonly TerminalRow[] }
  /** The terminal on this channel has another size, whoever wanted that. */
  | { readonly event: 'size'; readonly channel: number; readonly columns: number; readonly rows: number }
  /** Its program has ended, by itself with a status or by a signal: one of the two. The channel is free again. */
  | {
      readonly event: 'ended';
      readonly channel: number;
      readonly status: number | null;
      readonly signal: string | null;
    }
  | { readonly event: 'calls'; readonly records: readonly CallRecord[]; readonly skipped: number };

export type WebAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };
