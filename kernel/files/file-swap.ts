/** Swapping open regular files: what their implementations hand over, and how callers wait. */
import type { FileNode } from '../file-server.ts';
import { AbortSwap } from '../mediator.ts';
import type { SwapProtocol } from '../mediator.ts';
import type { OpenFile } from '../open-file.ts';
import { Status } from '../status.ts';

/** The format all of them know: the file and where the cursor is. */
export const CURSOR_FORMAT = 'file-cursor-1';

export interface CursorState {
  readonly node: FileNode;
  readonly position: number;
}

export function cursorState(state: unknown): CursorState {
  const { node, position } = state as Partial<CursorState>;
  if (node === undefined || position === undefined) throw new Error('not the state of an open file');
  return { node, position };
}

export const openFileProtocol: SwapProtocol = {
  type: 'open-file',
  methods: {
    read: Status.WouldBlock,
    write: Status.WouldBlock,
    readAt: AbortSwap,
    writeAt: AbortSwap,
    seek: AbortSwap,
    readiness: AbortSwap,
    retain: AbortSwap,
    release: AbortSwap,
  },
  properties: ['node', 'waitQueue', 'availableBytes'],
  wakeBlocked: (old) => void (old as OpenFile).waitQueue.wake(),
};
