/** What the implementations for regular files share: moving a cursor. */
import { Status } from '../status.ts';
import { Whence } from '../open-file.ts';
import type { FileNode } from '../file-server.ts';

/** Positions stay exact numbers and within what Linux calls a signed 64-bit offset. */
export const POSITION_LIMIT = Number.MAX_SAFE_INTEGER;

/** New position for a seek, or a Status. */
export function seekTarget(node: FileNode, position: number, offset: number, whence: Whence): number {
  if (whence === Whence.Start) return offset < 0 || offset > POSITION_LIMIT ? Status.Invalid : offset;
  if (whence === Whence.Current) return checked(position + offset);
  const sizeBytes = node.attributes().sizeBytes;
  if (whence === Whence.End) return checked(sizeBytes + offset);
  // No data or hole there is told as NoDevice.
  if (offset < 0 || offset >= sizeBytes) return Status.NoDevice;
  // Of trees that know no holes the whole file counts as data, with a hole at its end, as Linux allows.
  if (whence === Whence.Hole) return node.nextHole?.(offset) ?? sizeBytes;
  const data = node.nextData?.(offset) ?? offset;
  return data < sizeBytes ? data : Status.NoDevice;
}

function checked(position: number): number {
  return position < 0 || position > POSITION_LIMIT ? Status.Invalid : position;
}
