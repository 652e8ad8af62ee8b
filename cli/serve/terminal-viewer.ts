/** Who looks at a terminal of a served machine, and what such a one can do to it. */

/** What a viewer provides. Its methods are called inside turns of the kernel: they hand over to a transport and return. */
export interface TerminalViewer {
  /**
   * Bytes for a terminal to show; the first ones draw the screen as it is. They are the viewer's own from now on, and may be shared with
   * other viewers: nobody writes into them.
   */
  output(bytes: Uint8Array): void;
  /** The terminal has another size now, whoever wanted that. */
  resized(columns: number, rows: number): void;
  /** The program has ended, by itself with a status or by a signal (its name): one of the two. Nothing comes after it. */
  ended(status: number | null, signal: string | null): void;
  /** Input that had to wait has been taken by the program's terminal: so many bytes. */
  inputTaken?(byteCount: number): void;
  /** Bytes given to `output` and not yet taken by the viewer's transport. */
  readonly backlogBytes: number;
  /**
   * What happens when it is too slow. redraw: what it could not take is left out, and the screen drawn anew when it has caught up (it is
   * the default). wait: the program waits for it, however long that takes.
   */
  readonly whenSlow?: 'redraw' | 'wait';
}

/** The terminal as one viewer has it. */
export interface Attachment {
  /** What is typed. What the program's terminal has no room for is kept, up to a limit. */
  input(bytes: Uint8Array): void;
  /** Bytes of `input` that are kept. */
  readonly heldInputBytes: number;
  /** The size of the viewer's window. The terminal has the size of the viewer that was last active: that attached, typed or resized last. */
  resize(columns: number, rows: number): void;
  /** The viewer's transport has taken bytes: its backlog is smaller. */
  drained(): void;
  /** The viewer gets nothing any more; the program goes on. */
  detach(): void;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}
