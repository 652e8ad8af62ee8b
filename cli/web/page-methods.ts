/** What pages may ask of the machine: each method of messages.ts. What a page does to a terminal's list, all pages hear. */
import type { Params } from '../control/params.ts';
import { hello, methodsOf } from '../control/methods.ts';
import type { ServedMachine } from '../serve/served-machine.ts';
import type { TerminalSession } from '../serve/terminal-session.ts';
import { existsIn } from '../session-files.ts';
import { timelineJson } from '../timeline.ts';
import { syscallTable } from '../../linuxabi/syscall-table.ts';
import { CallStream } from './call-stream.ts';
import { CONTROL_METHODS, type TerminalRow, type WebMethod } from './messages.ts';
import { PageTerminal } from './page-terminal.ts';
import { count, sizeOf, text } from './params.ts';
import { LONGEST_RECORDING_MS, recordTimeline } from './timeline-recording.ts';
import type { PageHandler, WebClient } from './web-client.ts';

const LONGEST_NAME = 64;
const LONGEST_SET = 1000;
const LAST_CHANNEL = 0xffff;
/** Terminals of one page. */
const MOST_CHANNELS = 64;
/** Terminals that pages have opened and that still run. */
const MOST_TERMINALS = 64;
/** What the page's terminal is, where the root knows such a one; see terminfo(5). Everybody knows an xterm. */
const TERM = 'xterm-256color';
const TERM_PLACES = ['/etc/terminfo', '/lib/terminfo', '/usr/share/terminfo'].map((folder) => `${folder}/x/${TERM}`);

type OwnMethod = Exclude<WebMethod, (typeof CONTROL_METHODS)[number]>;
type OwnHandler = (params: Params, client: WebClient) => unknown;

export class PageMethods {
  readonly clients = new Set<WebClient>();
  readonly #served: ServedMachine;
  readonly #control: ReturnType<typeof methodsOf>;
  readonly #createLink: () => string;
  /** What people call them, by number. */
  readonly #names = new Map<number, string>();
  /** Channels with a terminal, and calls that are watched, by page. */
  readonly #streams = new WeakMap<WebClient, CallStream>();

  constructor(served: ServedMachine, createLink: () => string) {
    this.#served = served;
    this.#control = methodsOf(served.machine);
    this.#createLink = createLink;
    served.listeners.add({ opened: () => this.#tellTerminals(), over: () => this.#tellTerminals() });
  }

  readonly find = (client: WebClient, method: string): PageHandler | undefined => {
    if ((CONTROL_METHODS as readonly string[]).includes(method)) return this.#control(method);
    const handler = Object.hasOwn(this.#own, method) ? this.#own[method as OwnMethod] : undefined;
    return handler && ((params) => handler(params, client));
  };

  /** A page has opened its socket. */
  join(client: WebClient): void {
    this.clients.add(client);
    client.onClose.add(() => {
      this.clients.delete(client);
      this.#streams.get(client)?.stop();
      for (const channel of client.channels.values()) channel.close();
    });
  }

  readonly #own: Readonly<Record<OwnMethod, OwnHandler>> = {
    hello: () => ({ ...hello(this.#served.machine), name: this.#served.name }),
    terminals: () => this.#rows(),
    openTerminal: (params) => this.#open(params),
    attach: (params, client) => this.#attach(params, client),
    detach: (params, client) => {
      const channel = count(params, 'channel');
      client.channels.get(channel)?.close();
      client.channels.delete(channel);
    },
    resize: (params, client) => client.channels.get(count(params, 'channel'))?.resize(sizeOf(params)),
    closeTerminal: (params) => this.#session(params).hangUp(),
    renameTerminal: (params) => {
      this.#names.set(this.#session(params).id, text(params, 'name', LONGEST_NAME).trim());
      this.#tellTerminals();
    },
    watchCalls: (params, client) => this.#watch(params, client),
    unwatchCalls: (_params, client) => this.#unwatch(client),
    recordTimeline: (params) => {
      const milliseconds = count(params, 'milliseconds');
      if (milliseconds > LONGEST_RECORDING_MS) throw new Error(`at most ${LONGEST_RECORDING_MS} ms are recorded`);
      return recordTimeline(this.#served.machine, milliseconds);
    },
    timelineFile: () => ({
      json: timelineJson(this.#served.machine.kernel.trace, (call) => syscallTable[call]?.name ?? `call ${call}`),
    }),
    createLink: () => ({ url: this.#createLink() }),
  };

  #session(params: Params): TerminalSession {
    const id = count(params, 'terminal');
    const session = this.#served.terminal(id);
    if (session === undefined) throw new Error(`there is no terminal ${id}`);
    return session;
  }

  #open(params: Params): TerminalRow {
    if (this.#served.terminals().length >= MOST_TERMINALS) throw new Error(`${MOST_TERMINALS} terminals are enough`);
    const { system } = this.#served.machine.fs;
    const term = TERM_PLACES.some((place) => existsIn(system, place)) ? TERM : undefined;
    return this.#rowOf(this.#served.openTerminal([], { size: sizeOf(params), term }));
  }

  #attach(params: Params, client: WebClient): object {
    const channel = count(params, 'channel');
    if (channel > LAST_CHANNEL || client.channels.size >= MOST_CHANNELS) throw new Error('there is no such channel');
    if (client.channels.has(channel)) throw new Error(`channel ${channel} is taken`);
    client.channels.set(channel, new PageTerminal(client, channel, this.#session(params), sizeOf(params)));
    return {};
  }

  #watch(params: Params, client: WebClient): object {
    this.#unwatch(client);
    const filter = { set: text(params, 'set', LONGEST_SET), pid: count(params, 'pid') || undefined };
    const send = (event: Parameters<WebClient['send']>[0]): void => client.send(event);
    this.#streams.set(client, new CallStream(this.#served.machine, filter, send, () => client.isBehind));
    return {};
  }

  #unwatch(client: WebClient): void {
    this.#streams.get(client)?.stop();
    this.#streams.delete(client);
  }

  #rows(): TerminalRow[] {
    return this.#served.terminals().map((session) => this.#rowOf(session));
  }

  #rowOf({ id, command }: TerminalSession): TerminalRow {
    return { id, name: this.#names.get(id) ?? '', command: command.join(' ') };
  }

  #tellTerminals(): void {
    const terminals = this.#rows();
    for (const client of this.clients) client.send({ event: 'terminals', terminals });
  }
}
