/** A program in a machine with this process's standard streams, byte for byte; signals sent to this process go on to it. */
import { FrameKind, countOf } from '../control/frames.ts';
import type { OpenStream } from '../control/stream-client.ts';
import { note } from '../note.ts';
import { forwardSignals } from '../signal-forwarding.ts';
import { ClientInput } from './client-input.ts';
import { ClientOutput } from './client-output.ts';
import { MACHINE_ENDED, statusIn } from './session-status.ts';

const INPUT = 0;
const OUTPUT = 1;
const ERRORS = 2;

export async function joinStreams(stream: OpenStream, input: 'stdin' | 'none'): Promise<number> {
  const { frames } = stream;
  const outputs = [
    new ClientOutput(process.stdout.fd, frames, OUTPUT),
    new ClientOutput(process.stderr.fd, frames, ERRORS),
  ];
  const words = input === 'stdin' ? new ClientInput(process.stdin, frames) : undefined;
  if (words === undefined) frames.send(FrameKind.End, INPUT);
  /** Of a program that has ended and left others behind that hold its output open: a signal ends the waiting for them. */
  let exited: number | undefined;
  let leave: (status: number) => void = () => undefined;
  const stopForwarding = forwardSignals((signal) => {
    if (exited !== undefined) leave(exited);
    else frames.send(FrameKind.Signal, INPUT, Uint8Array.of(signal));
  });
  const status = await new Promise<number>((resolve) => {
    leave = resolve;
    stream.begin({
      frame: (kind, channel, payload) => {
        if (kind === FrameKind.Data) outputs[channel - OUTPUT]?.take(payload);
        else if (kind === FrameKind.Taken) words?.taken(countOf(payload));
        else if (kind === FrameKind.Failure) note(Buffer.from(payload).toString());
        else if (kind === FrameKind.Exited) exited = statusIn(payload);
        else if (kind === FrameKind.Ended) resolve(statusIn(payload));
        else if (kind === FrameKind.End && channel === INPUT) words?.stop();
      },
      closed: () => {
        if (exited === undefined) note('the machine has ended');
        resolve(exited ?? MACHINE_ENDED);
      },
    });
  });
  stopForwarding();
  words?.stop();
  await Promise.all(outputs.map((output) => output.drain()));
  return status;
}
