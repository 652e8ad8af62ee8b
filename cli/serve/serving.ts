/** What a served machine answers on its control socket, beyond what every machine does (cli/control/methods.ts). */
import { SI_USER, _NSIG } from '../../linuxabi/abi/signal.ts';
import { sendToProcess } from '../../linuxabi/signal/send.ts';
import { userSignal } from '../../linuxabi/signal/siginfo.ts';
import { hello, type Handler } from '../control/methods.ts';
import {
  choice,
  integer,
  optionalInteger,
  optionalRecord,
  optionalText,
  text,
  textRecord,
  texts,
} from '../control/params.ts';
import type { Params } from '../control/params.ts';
import type { TerminalFacts } from '../control/protocol.ts';
import type { Serving, StreamHandler, StreamOpening } from '../control/server.ts';
import { spawn } from '../library/spawn.ts';
import { CopyInStream, CopyOutStream } from './copy/copy-stream.ts';
import { ExecStream } from './exec-stream.ts';
import { FrameViewer } from './frame-viewer.ts';
import { LogStream } from './log-stream.ts';
import { processRows } from './process-rows.ts';
import type { ProgramOptions, ServedMachine } from './served-machine.ts';
import type { TerminalSession, TerminalSize } from './terminal-session.ts';

/** `stop` ends the machine, after the grace at the latest, and resolves when its programs have ended. */
export function servingOf(served: ServedMachine, stop: (graceMs: number) => Promise<void>): Serving {
  const methods = new Map<string, Handler>([
    ['hello', () => ({ ...hello(served.machine), name: served.name, terminals: served.terminals().length })],
    ['terminals', () => served.terminals().map(terminalFacts)],
    ['processes', () => processRows(served.machine)],
    ['kill', (params) => kill(served, integer(params, 'pid'), integer(params, 'signal'))],
    ['stat', async (params) => (await served.tree.facts(text(params, 'path'), linksIn(params))) ?? null],
    ['start', (params) => start(served, params)],
    [
      'stop',
      async (params) => {
        await stop(integer(params, 'graceMs'));
        return null;
      },
    ],
  ]);
  const streams = new Map<string, StreamHandler>([
    ['attach', (params) => attach(served, params)],
    ['exec', (params) => exec(served, params)],
    ['logs', (params) => logs(served, params)],
    ['copyOut', (params) => copyOut(served, params)],
    ['copyIn', (params) => copyIn(served, params)],
  ]);
  return { name: served.name, methods, streams };
}

function terminalFacts(session: TerminalSession): TerminalFacts {
  const { id, path, title, command, pid, columns, rows, viewerCount, startedMs, hostPath } = session;
  const upSeconds = (Date.now() - startedMs) / 1000;
  return { id, path, title, command, pid, columns, rows, viewers: viewerCount, upSeconds, hostPath };
}

function kill({ machine }: ServedMachine, pid: number, signal: number): null {
  const process = machine.tasks.processes.get(pid);
  if (process === undefined || process.exited) throw new Error(`there is no process ${pid}`);
  if (process === machine.init) throw new Error('process 1 is the machine itself: k42 stop ends it');
  if (signal < 0 || signal > _NSIG) throw new Error(`there is no signal ${signal}`);
  if (signal > 0) sendToProcess(process, userSignal(signal, SI_USER, 0, 0));
  return null;
}

/** The terminal that is meant: the one named, else the one that was started last, else a new one with a shell. */
function attach(served: ServedMachine, params: Params): ReturnType<StreamHandler> {
  const id = optionalInteger(params, 'terminal');
  const size = sizeIn(params);
  const term = optionalText(params, 'term');
  const session = id === undefined ? served.terminals().at(-1) : served.terminal(id);
  if (session === undefined && id !== undefined) throw new Error(`machine ${served.name} has no terminal ${id}`);
  return view(session ?? served.openTerminal([], { size, term }), params, size);
}

function view(session: TerminalSession, params: Params, size: TerminalSize | undefined): ReturnType<StreamHandler> {
  const whenSlow = choice(params, 'whenSlow', ['redraw', 'wait']);
  return {
    result: { terminal: session.id, pid: session.pid },
    begin: (frames) => void new FrameViewer(session, frames, { size, whenSlow }),
  };
}

function exec(served: ServedMachine, params: Params): ReturnType<StreamHandler> {
  const argv = texts(params, 'argv');
  const options = programOptions(params);
  const size = sizeIn(params);
  if (choice(params, 'streams', ['pipes', 'terminal']) === 'terminal')
    return view(served.openTerminal(argv, { ...options, size, term: optionalText(params, 'term') }), params, size);
  const [name, ...args] = argv;
  if (name === undefined) throw new Error('no program is named');
  const user = served.userOf(options.user);
  const child = spawn(served.host, name, args, {
    env: { HOME: user.home, ...served.environmentOf(options) },
    cwd: served.workdirOf(options, user),
    uid: user.uid,
    gid: user.gid,
  });
  return { result: { pid: child.pid }, begin: (frames) => void new ExecStream(child, frames) };
}

/** A program on a terminal that nobody looks at yet. */
function start(served: ServedMachine, params: Params): TerminalFacts {
  const term = optionalText(params, 'term');
  return terminalFacts(served.openTerminal(texts(params, 'argv'), { ...programOptions(params), term }));
}

function logs(served: ServedMachine, params: Params): ReturnType<StreamHandler> {
  const id = optionalInteger(params, 'terminal');
  const session = id === undefined ? served.firstTerminal() : served.terminal(id);
  if (session === undefined)
    throw new Error(`machine ${served.name} has ${id === undefined ? 'had no terminal' : `no terminal ${id}`}`);
  const tailLines = optionalInteger(params, 'tailLines');
  const until = choice(params, 'until', ['now', 'end']);
  return {
    result: { terminal: session.id },
    begin: (frames) => void new LogStream(session.log, frames, { tailLines, until }),
  };
}

async function copyOut({ tree }: ServedMachine, params: Params): Promise<StreamOpening> {
  const path = text(params, 'path');
  const facts = await tree.facts(path, linksIn(params));
  if (facts === undefined) throw new Error(`${path} is not there`);
  return { result: facts, begin: (frames) => void new CopyOutStream(tree, frames, path, facts) };
}

function copyIn({ tree }: ServedMachine, params: Params): StreamOpening {
  const path = text(params, 'path');
  return { result: null, begin: (frames) => void new CopyInStream(tree, frames, path) };
}

function linksIn(params: Params): 'follow' | 'keep' {
  return choice(params, 'links', ['keep', 'follow']);
}

function programOptions(params: Params): ProgramOptions {
  return {
    environment: textRecord(params, 'environment'),
    workdir: optionalText(params, 'workdir'),
    user: optionalText(params, 'user'),
  };
}

function sizeIn(params: Params): TerminalSize | undefined {
  const size = optionalRecord(params, 'size');
  return size && { columns: integer(size, 'columns'), rows: integer(size, 'rows') };
}
