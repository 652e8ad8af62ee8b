/** What the page and the worker that has the machine say to each other. Bytes are handed over, not copied. */

export type PageMessage =
  /** Once, first. `interpreter`: the module of the same build. */
  | { readonly type: 'boot'; readonly root: string; readonly interpreter: string; readonly window: WindowCells }
  /** What has been typed. */
  | { readonly type: 'input'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'resize'; readonly window: WindowCells }
  /** So much of the output has been dealt with. */
  | { readonly type: 'shown'; readonly bytes: number }
  /** Another shell, when the last one has ended. */
  | { readonly type: 'shell' };

export type WorkerMessage =
  /** What the start is waiting for, for people. */
  | { readonly type: 'progress'; readonly text: string }
  /** A shell runs. */
  | { readonly type: 'started' }
  | { readonly type: 'output'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** The shell has ended: with a status, or 128 + the signal. */
  | { readonly type: 'ended'; readonly status: number }
  /** Nothing goes on. */
  | { readonly type: 'failed'; readonly text: string };

export interface WindowCells {
  readonly columns: number;
  readonly rows: number;
}
