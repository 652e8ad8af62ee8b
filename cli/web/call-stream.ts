/** System calls live, for one page: bundles of records a few times a second, no more than a person can look at, filtered where they arise. */
import type { Machine } from '../../linuxabi/machine.ts';
import { CallRecorder, type CallRecord } from '../../linuxabi/strace/call-recorder.ts';
import { parseSelection } from '../../linuxabi/strace/selection.ts';
import type { WebEvent } from './messages.ts';

const BUNDLE_MS = 150;
/** Records of a bundle; what is above is only counted. */
const BUNDLE_RECORDS = 300;

export interface CallFilter {
  /** In the words of strace. */
  readonly set: string;
  readonly pid: number | undefined;
}

export class CallStream {
  readonly #recorder: CallRecorder;
  readonly #send: (event: WebEvent) => void;
  readonly #isBehind: () => boolean;
  readonly #timer: NodeJS.Timeout;
  readonly #remove: () => void;
  #records: CallRecord[] = [];

  /** `isBehind`: the page has not taken what it was sent before. Throws when there is no such set of calls. */
  constructor(machine: Machine, { set, pid }: CallFilter, send: (event: WebEvent) => void, isBehind: () => boolean) {
    const selected = parseSelection(set);
    if (typeof selected === 'string') throw new Error(selected);
    this.#send = send;
    this.#isBehind = isBehind;
    this.#recorder = new CallRecorder({
      nowNs: () => machine.nowNs(),
      selected,
      pid,
      take: (record) => void this.#records.push(record),
    });
    this.#recorder.budget = BUNDLE_RECORDS;
    this.#remove = machine.addTracer(this.#recorder);
    this.#timer = setInterval(() => this.#flush(), BUNDLE_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#remove();
  }

  #flush(): void {
    if (this.#isBehind()) return;
    const recorder = this.#recorder;
    const { skipped } = recorder;
    recorder.budget = BUNDLE_RECORDS;
    recorder.skipped = 0;
    if (this.#records.length === 0 && skipped === 0) return;
    const records = this.#records;
    this.#records = [];
    this.#send({ event: 'calls', records, skipped });
  }
}
