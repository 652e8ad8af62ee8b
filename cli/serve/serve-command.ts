/** `k42 serve`: a machine that stays, until `k42 stop`, a signal, or the end of the program it was started for. */
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { ControlServer } from '../control/server.ts';
import { isMachineName, socketPlaces } from '../control/places.ts';
import { lookUpUser } from '../guest-user.ts';
import { imageProgram, takeRootWord, withImageSettings } from '../image-run.ts';
import { MachineHost } from '../library/machine-host.ts';
import { TIMED_OUT } from '../limit-options.ts';
import { note } from '../note.ts';
import { progressBar } from '../progress-bar.ts';
import { UsageError, type OptionRule } from '../options.ts';
import { SEARCH_PATH } from '../program.ts';
import { parseRun, type SessionOptions } from '../run-options.ts';
import { openRoot } from '../host-trees.ts';
import { openSessionMachine } from '../session-machine.ts';
import type { WebTerminal } from '../web/open-web.ts';
import { LOOKS_LIKE_ADDRESS, parseWebAddress, type WebAddress } from '../web/web-address.ts';
import { detachedStart, reportReady, startDetached } from './detached.ts';
import { ServedMachine } from './served-machine.ts';
import { servingOf } from './serving.ts';
import { statusOf } from './session-status.ts';
import { askProgramsToEnd } from './shutdown.ts';

export const serveRules: readonly OptionRule[] = [
  {
    long: 'name',
    value: 'NAME',
    help: 'what the machine is called (default: `default`, or `default2` when that is taken, …)',
  },
  {
    long: 'web',
    value: '[ADDRESS:]PORT',
    implied: '',
    expected: LOOKS_LIKE_ADDRESS,
    help: 'terminals and inspector in a browser: prints a link that lets one in (default: a free port of 127.0.0.1)',
  },
  { long: 'detach', short: 'd', help: 'in the background: prints the name when the machine is ready' },
];

const DEFAULT_NAME = 'default';
const GRACE_MS = 10_000;
const NS_PER_MS = 1_000_000;
/** How long clients may take to hear of the end. */
const FAREWELL_MS = 2000;
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export async function serve(words: readonly string[]): Promise<number> {
  const parsed = parseRun(words, serveRules);
  const name = parsed.more.value('name');
  if (name !== undefined && !isMachineName(name))
    throw new UsageError(`--name ${name}: a name begins with a letter and has at most 32 letters, digits, _ . -`);
  const web = parsed.more.value('web');
  // An address that makes no sense is told before anything starts.
  const address = web === undefined ? undefined : parseWebAddress(web);
  if (parsed.more.has('detach') && !detachedStart()) return await startDetached('serve', words);
  // Who has started it in the background leaves, and takes standard error along.
  process.stderr.on('error', () => undefined);
  const { session: request, program } = takeRootWord(parsed);
  if (request.debug.gdb !== undefined) throw new UsageError('-g is for k42 run: gdb waits for one program');
  const { system, config } = await openRoot(request.rootfs, note, request.limits.storage, progressBar());
  const options = withImageSettings(request, config);
  const service = new Service(options, name ?? (await freeName()), address);
  return await service.run(imageProgram(program, options, config), await openSessionMachine(options, system));
}

/** `default`, or with a number behind it. */
async function freeName(): Promise<string> {
  const taken = new Map(socketPlaces().map(({ id, address }) => [id, address]));
  for (let serial = 1; ; serial++) {
    const name = serial === 1 ? DEFAULT_NAME : `${DEFAULT_NAME}${serial}`;
    const address = taken.get(name);
    if (address === undefined || !(await isAnswered(address))) return name;
  }
}

function isAnswered(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

class Service {
  readonly #options: SessionOptions;
  readonly #name: string;
  readonly #address: WebAddress | undefined;
  #end: (status: number) => void = () => undefined;
  #stopping: Promise<void> | undefined;
  /** Of the program the machine was started for, once it has ended. */
  #status = 0;

  constructor(options: SessionOptions, name: string, address: WebAddress | undefined) {
    this.#options = options;
    this.#name = name;
    this.#address = address;
  }

  async run(program: readonly string[], parts: Awaited<ReturnType<typeof openSessionMachine>>): Promise<number> {
    const { machine, terminals, network, tracer, debug, time } = parts;
    const host = new MachineHost({
      machine,
      terminals,
      network,
      defaults: defaultsOf(this.#options, machine.fs.system),
    });
    const served = new ServedMachine(this.#name, host);
    const letGo = host.alive.hold();
    const ended = new Promise<number>((resolve) => {
      this.#end = resolve;
    });
    host.dependents.add({ machineFailed: (failure) => this.#fail(failure) });
    const stop = (graceMs: number): Promise<void> => this.#stop(served, graceMs);
    const control = await ControlServer.open(machine, servingOf(served, stop));
    const onSignal = (): void => void stop(GRACE_MS);
    if (time !== undefined) time.onOver = () => void stop(this.#graceMs);
    for (const signal of ENDING_SIGNALS) process.on(signal, onSignal);
    let web: WebTerminal | undefined;
    try {
      web = this.#address && (await (await import('../web/open-web.ts')).openWeb(served, this.#address));
      if (this.#options.terminal === 'pty') await this.#openPtys(served);
      if (program.length === 0 || (await this.#start(served, program))) this.#tellReady(web?.invitation() ?? []);
      const status = await ended;
      return time?.isOver === true ? TIMED_OUT : status;
    } finally {
      time?.cancel();
      for (const signal of ENDING_SIGNALS) process.off(signal, onSignal);
      letGo();
      await served.close();
      // Terminals hear of their programs' end in this turn.
      await turn();
      await web?.close();
      await control.drain(FAREWELL_MS);
      await tracer?.finish();
      debug.finish(machine);
      await debug.close();
    }
  }

  #tellReady(invitation: readonly string[]): void {
    if (reportReady(this.#name, invitation)) return;
    note(`machine ${this.#name} runs: k42 attach ${this.#name}, k42 stop ${this.#name}`);
    for (const line of invitation) note(line);
  }

  /** When the time of --timeout is up. */
  get #graceMs(): number {
    return (this.#options.limits.wallTime?.graceNs ?? 0) / NS_PER_MS;
  }

  /** The machine ends with the program it was started for. False when that can't be started. */
  async #start(served: ServedMachine, program: readonly string[]): Promise<boolean> {
    const session = served.openTerminal(program, { term: process.env['TERM'] });
    served.listeners.add({
      over: (one) => {
        if (one !== session) return;
        if (one.refusal !== undefined) note(one.refusal);
        this.#status = statusOf(one.end!);
        // Who has asked for the end is answered first.
        if (this.#stopping === undefined) this.#end(this.#status);
      },
    });
    await session.begun;
    return session.refusal === undefined;
  }

  async #stop(served: ServedMachine, graceMs: number): Promise<void> {
    this.#stopping ??= askProgramsToEnd(served, graceMs);
    await this.#stopping;
    // The answer to who wants it goes out first.
    setImmediate(() => this.#end(this.#status));
  }

  async #openPtys(served: ServedMachine): Promise<void> {
    const { openPtyViewers } = await import('./pty-viewer.ts');
    await openPtyViewers(served, note);
  }

  #fail(failure: Error): void {
    note(`the machine has failed: ${process.env['K42_DEBUG'] === undefined ? failure.message : failure.stack}`);
    this.#end(125);
  }
}

function defaultsOf(options: SessionOptions, system: Parameters<typeof lookUpUser>[0]) {
  const user = lookUpUser(system, options.user);
  return {
    environment: { PATH: SEARCH_PATH, HOSTNAME: options.hostname, ...options.environment },
    user,
    cwd: options.workdir ?? user.home,
    limits: undefined,
  };
}
