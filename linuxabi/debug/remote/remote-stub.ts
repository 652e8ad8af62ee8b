/**
 * GDB's remote protocol for a Debugger: a packet in, an answer out, and a stop reply when the program stops. All-stop; threads by their Linux
 * numbers. Source: GDB manual, "Remote Protocol".
 */
import type { ByteString } from '../../../kernel/byte-string.ts';
import { EFAULT, EINVAL, ESRCH } from '../../abi/errno.ts';
import { encodeSignalInfo } from '../../signal/siginfo.ts';
import { Debugger, type DebuggerStop, type Resumption } from '../debugger.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { Tracee } from '../../ptrace/tracee.ts';
import { HostFiles } from './host-files.ts';
import { PacketStream } from './packet-stream.ts';
import { registersOf, type GdbRegister } from './register-file.ts';
import { fromGdbSignal, toGdbSignal } from './signal-numbers.ts';
import { targetDescription } from './target.ts';
import { bytesOf, errorReply, fromHex, fromHexNumber, hexText, piece, toHex } from './text.ts';

const OK = 'OK';
/** What is not known is answered with nothing. */
const UNKNOWN = '';
const MAX_PACKET_BYTES = 0x10000;
const FEATURES = [
  `PacketSize=${MAX_PACKET_BYTES.toString(16)}`,
  'QStartNoAckMode+',
  'QPassSignals+',
  'qXfer:features:read+',
  'qXfer:auxv:read+',
  'qXfer:exec-file:read+',
  'qXfer:siginfo:read+',
  'vContSupported+',
  'swbreak+',
  'exec-events+',
].join(';');

/** The answer; undefined: it comes later, with the next stop. */
type Handler = (stub: RemoteStub, rest: string) => string | undefined;

export class RemoteStub {
  readonly #stream: PacketStream;
  readonly #files = new HostFiles();
  #debugger: Debugger | undefined;
  #registers: readonly GdbRegister[] = [];
  /** The thread that g, G, p, P and the reading of its siginfo are about. */
  #current = 0;
  /** The client waits for a stop reply. */
  #owesReply = false;
  #hasEnded = false;

  /** `send`: bytes to GDB. */
  constructor(send: (bytes: ByteString) => void) {
    this.#stream = new PacketStream(send, {
      packet: (content) => this.#answer(content),
      interrupt: () => this.#debugger?.interrupt(),
    });
  }

  /** The program stands before its first instruction. */
  attach(thread: LinuxThread): void {
    this.#registers = registersOf(thread.machine.engine.processor);
    this.#debugger = new Debugger(thread, {
      stopped: (stop) => this.#stopped(stop),
      ended: (status) => this.#ended(status),
    });
    this.#current = thread.tid;
  }

  receive(bytes: Uint8Array): void {
    this.#stream.receive(bytes);
  }

  /** The client has gone: the program goes on alone. */
  disconnected(): void {
    if (!this.#hasEnded) this.debugger.detach();
  }

  get debugger(): Debugger {
    if (this.#debugger === undefined) throw new Error('no program to debug');
    return this.#debugger;
  }

  get registers(): readonly GdbRegister[] {
    return this.#registers;
  }

  get files(): HostFiles {
    return this.#files;
  }

  get tracee(): Tracee | undefined {
    return this.debugger.traceeOf(this.#current) ?? [...this.debugger.tracees][0];
  }

  selectThread(tid: number): void {
    if (tid > 0) this.#current = tid;
  }

  get currentTid(): number {
    return this.#current;
  }

  #answer(packet: string): void {
    if (this.#hasEnded) {
      this.#stream.send(packet.startsWith('vKill') ? OK : errorReply(ESRCH));
      return;
    }
    const [name, handler] = handlers.find(([prefix]) => packet.startsWith(prefix)) ?? ['', undefined];
    const reply = handler === undefined ? UNKNOWN : handler(this, packet.slice(name.length));
    if (reply !== undefined) this.#stream.send(reply);
    if (name === 'QStartNoAckMode') this.#stream.stopAcknowledging();
  }

  /** The program goes on; the answer is the next stop. */
  resume(choose: (tid: number) => Resumption | undefined): undefined {
    this.#owesReply = true;
    this.debugger.resume(choose);
  }

  #stopped(stop: DebuggerStop): void {
    this.#current = stop.tid;
    this.#reply(this.stopReply(stop));
  }

  #ended(status: number): void {
    this.#hasEnded = true;
    const signal = status & 0x7f;
    this.#reply(signal === 0 ? `W${hexByte((status >> 8) & 0xff)}` : `X${hexByte(toGdbSignal(signal))}`);
  }

  #reply(text: string): void {
    if (!this.#owesReply) return;
    this.#owesReply = false;
    this.#stream.send(text);
  }

  stopReply({ tid, signal, reason, address = 0 }: DebuggerStop): string {
    const reasons = {
      signal: '',
      breakpoint: 'swbreak:;',
      watch: `watch:${address.toString(16)};`,
      executed: `exec:${hexText(this.debugger.process.executable)};`,
    };
    return `T${hexByte(toGdbSignal(signal))}thread:${tid.toString(16)};${reasons[reason]}`;
  }
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

/** `-1`: all, `0`: any. */
function threadId(text: string): number {
  return text.startsWith('-') ? -1 : fromHexNumber(text);
}

// --- registers and memory ----------------------------------------------------------------------------------------------
function readAll({ tracee, registers }: RemoteStub): string {
  if (tracee === undefined) return errorReply(ESRCH);
  return registers.map((register) => toHex(register.read(tracee))).join('');
}

function writeAll({ tracee, registers }: RemoteStub, digits: string): string {
  if (tracee === undefined) return errorReply(ESRCH);
  const bytes = fromHex(digits);
  let at = 0;
  for (const register of registers) {
    const value = bytes.subarray(at, at + register.sizeBytes);
    at += register.sizeBytes;
    if (value.length === register.sizeBytes) register.write(tracee, value);
  }
  return OK;
}

function readOne({ tracee, registers }: RemoteStub, number: string): string {
  const register = registers[fromHexNumber(number)];
  return tracee === undefined || register === undefined ? errorReply(EINVAL) : toHex(register.read(tracee));
}

function writeOne({ tracee, registers }: RemoteStub, request: string): string {
  const [number = '', digits = ''] = request.split('=');
  const register = registers[fromHexNumber(number)];
  if (tracee === undefined || register === undefined) return errorReply(EINVAL);
  const value = fromHex(digits);
  return value.length === register.sizeBytes && register.write(tracee, value) ? OK : errorReply(EINVAL);
}

function readMemory(stub: RemoteStub, request: string): string {
  const [address = 0, length = 0] = request.split(',').map(fromHexNumber);
  const bytes = new Uint8Array(Math.min(length, MAX_PACKET_BYTES / 2));
  const count = stub.debugger.readMemory(address, bytes);
  return count === 0 && length > 0 ? errorReply(EFAULT) : toHex(bytes.subarray(0, count));
}

function writeMemory(stub: RemoteStub, request: string, content: (text: string) => Uint8Array): string {
  const colon = request.indexOf(':');
  const [address = 0] = request.slice(0, colon).split(',').map(fromHexNumber);
  const bytes = content(request.slice(colon + 1));
  return stub.debugger.writeMemory(address, bytes) === bytes.length ? OK : errorReply(EFAULT);
}

/** Longest memory that is watched as one, in bytes. */
const MAX_WATCHED = 4096;

/** `kind,address,length`: kinds 0 and 1, breakpoints in software and hardware, are the same here; 2 watches for changes. */
function setPoint({ debugger: debuggee }: RemoteStub, request: string): string {
  const [kind, address = 0, length = 0] = request.split(',').map(fromHexNumber);
  if (kind === 2 && length > MAX_WATCHED) return errorReply(EINVAL);
  if (kind === 2) debuggee.watch(address, length);
  else if (kind === 0 || kind === 1) debuggee.setBreakpoint(address);
  return kind !== undefined && kind <= 2 ? OK : UNKNOWN;
}

function removePoint({ debugger: debuggee }: RemoteStub, request: string): string {
  const [kind, address = 0] = request.split(',').map(fromHexNumber);
  if (kind === 2) debuggee.unwatch(address);
  else if (kind === 0 || kind === 1) debuggee.removeBreakpoint(address);
  return kind !== undefined && kind <= 2 ? OK : UNKNOWN;
}

// --- going on ----------------------------------------------------------------------------------------------------------
/** One action of vCont: `c`, `s`, `C05`, `S05`. */
function actionOf(text: string): Resumption {
  const signal = text.length > 1 ? fromGdbSignal(fromHexNumber(text.slice(1))) : 0;
  return { pace: text[0]!.toLowerCase() === 's' ? 'step' : 'run', signal };
}

/** `;action[:thread]…`: for each thread the first that fits. */
function resumeThreads(stub: RemoteStub, request: string): string | undefined {
  if (!/^(;[cs](:[^;]*)?|;[CS][0-9a-f]+(:[^;]*)?)+$/i.test(request)) return errorReply(EINVAL);
  const actions = request
    .split(';')
    .filter((text) => text !== '')
    .map((text) => {
      const [action = '', thread = '-1'] = text.split(':');
      return { tid: threadId(thread), resumption: actionOf(action) };
    });
  return stub.resume((tid) => actions.find((action) => action.tid <= 0 || action.tid === tid)?.resumption);
}

/** The old packets c, s, C and S: the current thread as said, the rest run. */
function resumeOld(action: 's' | 'c'): Handler {
  return (stub, signal) => {
    const own = actionOf(action + signal.split(';')[0]!);
    return stub.resume((tid) => (tid === stub.currentTid ? own : { pace: 'run', signal: 0 }));
  };
}

function passSignals(stub: RemoteStub, list: string): string {
  stub.debugger.passed = new Set(list.split(';').map((number) => fromGdbSignal(fromHexNumber(number))));
  return OK;
}

// --- what there is -----------------------------------------------------------------------------------------------------
function listThreads({ debugger: { threads } }: RemoteStub): string {
  return `m${threads.map(({ tid }) => tid.toString(16)).join(',')}`;
}

function describeThread({ debugger: debuggee }: RemoteStub, tid: string): string {
  const thread = debuggee.traceeOf(fromHexNumber(tid))?.thread;
  return thread === undefined ? errorReply(ESRCH) : hexText(thread.name);
}

function auxiliaryVector({ debugger: debuggee }: RemoteStub): Uint8Array {
  const place = debuggee.process.argumentsPlace;
  if (place === undefined) return new Uint8Array(0);
  const bytes = new Uint8Array(place.auxiliaryEnd - place.auxiliaryStart);
  return bytes.subarray(0, debuggee.readMemory(place.auxiliaryStart, bytes));
}

function signalInfo({ tracee }: RemoteStub, range: string): string {
  const info = tracee?.stop?.info;
  return info === undefined ? errorReply(EINVAL) : piece(encodeSignalInfo(info), range);
}

function hostFile({ debugger: { threads }, files }: RemoteStub, request: string): string {
  const [thread] = threads;
  return (thread && files.answer(thread, request)) ?? UNKNOWN;
}

/** Longer names first, where one begins with another. */
const handlers: readonly (readonly [prefix: string, handler: Handler])[] = [
  ['?', (stub) => stub.stopReply(stub.debugger.lastStop)],
  ['g', readAll],
  ['G', writeAll],
  ['p', readOne],
  ['P', writeOne],
  ['m', readMemory],
  ['M', (stub, request) => writeMemory(stub, request, fromHex)],
  ['X', (stub, request) => writeMemory(stub, request, bytesOf)],
  ['Z', setPoint],
  ['z', removePoint],
  ['c', (stub) => resumeOld('c')(stub, '')],
  ['s', (stub) => resumeOld('s')(stub, '')],
  ['C', resumeOld('c')],
  ['S', resumeOld('s')],
  ['vCont?', () => 'vCont;c;C;s;S'],
  ['vCont', resumeThreads],
  ['vKill', (stub) => kill(stub)],
  ['vFile:', hostFile],
  ['k', (stub) => void kill(stub)],
  [
    'D',
    (stub) => {
      stub.debugger.detach();
      return OK;
    },
  ],
  [
    'Hg',
    (stub, tid) => {
      stub.selectThread(threadId(tid));
      return OK;
    },
  ],
  ['Hc', () => OK],
  ['T', (stub, tid) => (stub.debugger.traceeOf(fromHexNumber(tid)) === undefined ? errorReply(ESRCH) : OK)],
  ['qSupported', () => FEATURES],
  ['qC', (stub) => `QC${stub.currentTid.toString(16)}`],
  // A program that was started for it: GDB ends it when it ends itself.
  ['qAttached', () => '0'],
  ['qfThreadInfo', listThreads],
  ['qsThreadInfo', () => 'l'],
  ['qThreadExtraInfo,', describeThread],
  ['qSymbol', () => OK],
  ['qXfer:features:read:target.xml:', (stub, range) => piece(bytesOf(targetDescription(stub.registers)), range)],
  ['qXfer:auxv:read::', (stub, range) => piece(auxiliaryVector(stub), range)],
  [
    'qXfer:exec-file:read:',
    (stub, request) => piece(bytesOf(stub.debugger.process.executable), request.slice(request.indexOf(':') + 1)),
  ],
  ['qXfer:siginfo:read::', signalInfo],
  ['QStartNoAckMode', () => OK],
  ['QPassSignals:', passSignals],
];

function kill(stub: RemoteStub): string {
  stub.debugger.kill();
  return OK;
}
