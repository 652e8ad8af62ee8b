/** Pipes as Linux has them: who waits for whom at the opening of a named one; packets. Source: fifo(7), pipe(2). */
import type { Pipe } from '../../kernel/streams/pipe.ts';
import { PipeEnd } from '../../kernel/streams/pipe-end.ts';
import { Framing } from '../../kernel/streams/stream.ts';
import { ENXIO } from '../abi/errno.ts';
import { O_ACCMODE, O_DIRECT, O_NONBLOCK, O_RDWR, O_WRONLY } from '../abi/fcntl.ts';
import { block, Restart, WAIT } from '../blocking.ts';
import type { LinuxThread } from '../process/thread.ts';
import { AnonymousNode } from './anonymous.ts';
import type { Description } from './description.ts';

/** A pipe made by pipe(2) and opened again through /proc waits for nobody. Source: fs/pipe.c, fifo_open, is_pipe. */
function isNamed(pipe: Pipe): boolean {
  return !(pipe.node instanceof AnonymousNode);
}

/** −ENXIO for a writer that would not wait and has no reader. */
export function fifoRefusesToOpen(pipe: Pipe, flags: number): number {
  const waits = (flags & O_NONBLOCK) === 0;
  return (flags & O_ACCMODE) === O_WRONLY && !waits && pipe.readers === 0 && isNamed(pipe) ? -ENXIO : 0;
}

/** The other side that an open must wait for before `finish` may give the descriptor out. */
export function waitForOtherSide(thread: LinuxThread, description: Description, finish: () => number): number {
  const { file } = description;
  const mode = description.flags & O_ACCMODE;
  if (!(file instanceof PipeEnd) || mode === O_RDWR || (description.flags & O_NONBLOCK) !== 0) return finish();
  const { pipe } = file;
  if (!isNamed(pipe)) return finish();
  const { readers, writers } = pipe.arrivals;
  const arrived =
    mode === O_WRONLY
      ? () => pipe.readers > 0 || pipe.arrivals.readers !== readers
      : () => pipe.writers > 0 || pipe.arrivals.writers !== writers;
  return block(thread, {
    attempt: () => (arrived() ? finish() : WAIT),
    queues: [pipe.openers],
    restart: Restart.Sys,
    onInterrupt: () => {
      description.release();
      return undefined;
    },
  });
}

/** After a change of the description's flags: with O_DIRECT each write to a pipe is a packet. */
export function setFraming(description: Description): void {
  const { file } = description;
  if (file instanceof PipeEnd) file.framing = (description.flags & O_DIRECT) !== 0 ? Framing.Packet : Framing.Bytes;
}
