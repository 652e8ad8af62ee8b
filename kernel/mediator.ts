/**
 * A mediator stands in for an object that is being swapped. It has the members of the object's interface, forwards calls
 * to the object and counts those inside. While the swap blocks, a new call is answered as the protocol says (its
 * caller tries again); a call that has no such answer calls the swap off and goes through, so that no call ever fails
 * because of a swap, and a cycle of calls can't lock the swap up.
 */
export const AbortSwap = Symbol('abort the swap');

/** What the swaps of one type need to know of its interface. */
export interface SwapProtocol {
  /** As in the factories' descriptions. */
  readonly type: string;
  /** Every method, and what a call is answered while the swap blocks, or AbortSwap. */
  readonly methods: Readonly<Record<string, number | typeof AbortSwap>>;
  /** Every other member: read, and written, on the object itself in any phase. */
  readonly properties: readonly string[];
  /** Callers that were told to wait may try again. */
  readonly wakeBlocked?: (old: object) => void;
}

/** The swap, as the mediator sees it. */
export interface MediatedSwap {
  readonly object: object;
  readonly blocks: boolean;
  abort(): void;
  entered(): void;
  left(): void;
}

type Members = Record<string, unknown>;

export function createMediator(protocol: SwapProtocol, swap: MediatedSwap): object {
  const mediator = {};
  for (const [name, answer] of Object.entries(protocol.methods)) {
    Object.defineProperty(mediator, name, { value: forwarder(name, answer, swap) });
  }
  for (const name of protocol.properties) {
    Object.defineProperty(mediator, name, {
      get: () => (swap.object as Members)[name],
      set: (value: unknown) => {
        (swap.object as Members)[name] = value;
      },
    });
  }
  return mediator;
}

function forwarder(name: string, answer: number | typeof AbortSwap, swap: MediatedSwap) {
  return (...args: readonly unknown[]): unknown => {
    if (swap.blocks) {
      if (answer !== AbortSwap) return answer;
      swap.abort();
    }
    const { object } = swap;
    const method = (object as Members)[name];
    // Optional in the interface, and this object has none.
    if (typeof method !== 'function') return undefined;
    swap.entered();
    try {
      return Reflect.apply(method, object, args);
    } finally {
      swap.left();
    }
  };
}
