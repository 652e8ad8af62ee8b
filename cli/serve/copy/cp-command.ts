/** `k42 cp`: files and folders into a served machine and out of it, with their modes and times. */
import { FrameKind, countOf, jsonOf } from '../../control/frames.ts';
import { isRecord } from '../../control/protocol.ts';
import type { OpenStream } from '../../control/stream-client.ts';
import { note } from '../../note.ts';
import { parseOptions, UsageError, type OptionRule } from '../../options.ts';
import { findMachine, openMachineStream, type NamedMachine } from '../find-machine.ts';
import { callMachine } from '../machine-call.ts';
import { CopyReceiver } from './copy-receiver.ts';
import { copyTarget, parseCopyPlace } from './copy-rules.ts';
import { CopySender } from './copy-sender.ts';
import { hostTree } from './host-tree.ts';

export const cpRules: readonly OptionRule[] = [
  { long: 'follow-link', short: 'L', help: 'of a link as SRC, copy what it leads to' },
];
const USAGE = 'usage: k42 cp [-L] SRC DST, one of them NAME:PATH';

type Links = 'follow' | 'keep';

export async function cp(words: readonly string[]): Promise<number> {
  const parsed = parseOptions(cpRules, words);
  const [from, to, ...rest] = parsed.rest;
  if (from === undefined || to === undefined || rest.length > 0) throw new UsageError(USAGE);
  const [source, destination] = [parseCopyPlace(from), parseCopyPlace(to)];
  const links: Links = parsed.has('follow-link') || /\/\.?$/.test(source.path) ? 'follow' : 'keep';
  if (source.machine !== undefined && destination.machine === undefined)
    await copyOut(findMachine(source.machine), source.path, destination.path, links);
  else if (source.machine === undefined && destination.machine !== undefined)
    await copyIn(source.path, findMachine(destination.machine), destination.path, links);
  else throw new UsageError(USAGE);
  return 0;
}

async function copyOut(machine: NamedMachine, path: string, to: string, links: Links): Promise<void> {
  const facts = await callMachine(machine, 'stat', { path, links });
  if (facts === null) throw new UsageError(`${machine.name}:${path} is not there`);
  const there = await hostTree.facts(to, 'follow');
  const target = copyTarget({ path, kind: facts.kind }, { path: to, kind: there?.kind });
  const stream = await openMachineStream(machine, 'copyOut', { path, links });
  const receiver = new CopyReceiver(hostTree, stream.frames, target);
  await follow(stream, (kind, payload) => {
    if (kind === FrameKind.File || kind === FrameKind.Data) receiver.take(kind, payload);
  });
  await receiver.finish();
}

async function copyIn(path: string, machine: NamedMachine, to: string, links: Links): Promise<void> {
  const facts = await hostTree.facts(path, links);
  if (facts === undefined) throw new UsageError(`${path} is not there`);
  const there = await callMachine(machine, 'stat', { path: to, links: 'follow' });
  const target = copyTarget({ path, kind: facts.kind }, { path: to, kind: there?.kind });
  const stream = await openMachineStream(machine, 'copyIn', { path: target });
  const sender = new CopySender(hostTree, stream.frames, (name) =>
    note(`${name} is left out: no file, folder or link`),
  );
  const sent = sender.send(path, facts).then(() => stream.frames.sendJson(FrameKind.Ended, {}));
  const answered = follow(stream, (kind, payload) => {
    if (kind === FrameKind.Taken) sender.taken(countOf(payload));
  });
  await Promise.all([sent, answered]).finally(() => {
    sender.closed();
    stream.frames.destroy();
  });
}

/** Resolves when the machine says that the copy is complete, rejects with what it says else. */
function follow(stream: OpenStream, take: (kind: number, payload: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.begin({
      frame: (kind, _channel, payload) => {
        if (kind === FrameKind.Failure) note(Buffer.from(payload).toString());
        else if (kind === FrameKind.Ended) {
          const end = jsonOf(payload);
          if (isRecord(end) && typeof end['error'] === 'string') reject(new Error(end['error']));
          else resolve();
        } else take(kind, payload);
      },
      closed: () => reject(new Error('the machine has ended')),
    });
  });
}
