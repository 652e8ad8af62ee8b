/**
 * Makes adapters of a running machine fail: at their entry, or at the n-th capability they ask within a call, by an exception, by work without an end, or
 * by memory without an end. What an adapter does between two capabilities is its own, and runs as written.
 */
import { vi } from 'vitest';
import { CallMeter, type Sandbox } from '../../linuxabi/adapters/sandbox.ts';
import type { Machine } from '../../linuxabi/machine.ts';

const { spend, charge, refill } = CallMeter.prototype;

const failures = {
  exception: (): never => {
    throw new TypeError('sabotage');
  },
  work: (meter: CallMeter): never => {
    for (;;) spend.call(meter, 1);
  },
  memory: (meter: CallMeter): never => {
    for (;;) charge.call(meter, 2 ** 20);
  },
} as const;
type Kind = keyof typeof failures;
const kinds = Object.keys(failures) as readonly Kind[];

/** How deep in a call: 0 is its entry. */
const DEPTHS = 8;
/** Calls of an adapter from one failure to the next. */
const PERIOD = 5;
/** A call that asks for so many capabilities may never come. */
const MOST_TRIES = 20;

interface Charge {
  readonly kind: Kind;
  left: number;
  readonly fired: (kind: Kind) => void;
}

export class Saboteur {
  /** Failures that came about, by adapter. */
  readonly fired = new Map<string, Kind[]>();
  #charge: Charge | undefined;
  #meter: CallMeter | undefined;

  constructor(machine: Machine, sandboxes: Readonly<Record<string, Sandbox<unknown>>>) {
    for (const [name, sandbox] of Object.entries(sandboxes)) this.#watch(name, sandbox);
    const noticed = (): void => this.#asked();
    const note = (meter: CallMeter): void => void (this.#meter = meter);
    vi.spyOn(CallMeter.prototype, 'refill').mockImplementation(function (this: CallMeter) {
      note(this);
      refill.call(this);
    });
    vi.spyOn(CallMeter.prototype, 'spend').mockImplementation(function (this: CallMeter, units) {
      noticed();
      spend.call(this, units);
    });
    vi.spyOn(CallMeter.prototype, 'charge').mockImplementation(function (this: CallMeter, bytes) {
      noticed();
      charge.call(this, bytes);
    });
    const { clock, settings } = machine;
    const [realtime, number] = [clock.realtime.bind(clock), settings.number.bind(settings)];
    vi.spyOn(clock, 'realtime').mockImplementation(() => (noticed(), realtime()));
    vi.spyOn(settings, 'number').mockImplementation((...words) => (noticed(), number(...words)));
  }

  end(): void {
    vi.restoreAllMocks();
  }

  /** A capability is used; outside of a call with a charge nothing happens. */
  #asked(): void {
    const charge = this.#charge;
    if (charge === undefined || --charge.left >= 0) return;
    this.#charge = undefined;
    charge.fired(charge.kind);
    failures[charge.kind](this.#meter!);
  }

  #watch(name: string, sandbox: Sandbox<unknown>): void {
    const fired: Kind[] = [];
    this.fired.set(name, fired);
    const plan = Array.from({ length: kinds.length * DEPTHS }, (_, i) => ({
      kind: kinds[i % kinds.length]!,
      depth: Math.floor(i / kinds.length),
    }));
    let [calls, tries] = [0, 0];
    const next = (): Charge | undefined => {
      const planned = plan[0];
      if (planned === undefined || ++calls % PERIOD !== 0) return undefined;
      if (++tries > MOST_TRIES) {
        plan.shift();
        tries = 0;
      }
      return {
        kind: planned.kind,
        left: planned.depth,
        fired: (kind) => {
          plan.shift();
          tries = 0;
          fired.push(kind);
        },
      };
    };
    for (const method of ['call', 'tell'] as const) {
      const original = sandbox[method].bind(sandbox) as (step: (adapter: unknown) => unknown) => unknown;
      const charged = (step: (adapter: unknown) => unknown): unknown => {
        const outer = this.#charge;
        this.#charge = next();
        try {
          return original((adapter) => {
            this.#asked();
            return step(adapter);
          });
        } finally {
          this.#charge = outer;
        }
      };
      Object.assign(sandbox, { [method]: charged });
    }
  }
}
