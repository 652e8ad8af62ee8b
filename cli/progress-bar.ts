/** Long work as a bar on the last line of a terminal; nothing where standard error is none. */
import { noProgress, type Progress } from '../rootfs/progress.ts';
import { CLEAR_LINE } from './style.ts';

const BAR_WIDTH = 24;
/** No more often than an eye can follow. */
const REDRAW_MS = 50;
const DEFAULT_COLUMNS = 80;

export function progressBar(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return noProgress;
  let drawnMs = -Infinity;
  return (what, done, total) => {
    if (done >= total) {
      if (drawnMs >= 0) stream.write(CLEAR_LINE);
      drawnMs = -Infinity;
    } else if (performance.now() - drawnMs >= REDRAW_MS) {
      drawnMs = performance.now();
      stream.write(CLEAR_LINE + barText(what, done / total, stream.columns || DEFAULT_COLUMNS));
    }
  };
}

/** Fits the line, whatever is being done. */
function barText(what: string, part: number, columns: number): string {
  const filled = Math.floor(part * BAR_WIDTH);
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${String(Math.floor(part * 100)).padStart(2)} % `;
  return (bar + what).slice(0, columns - 1);
}
