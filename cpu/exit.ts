/**
 * Why generated code (interpreter or translated region) returned to the run loop. In every case the state block is
 * complete and RIP says where to go on.
 */
export const Exit = {
  /** RIP is somewhere this code does not cover: dispatch again. */
  Continue: 0,
  /** The instruction at RIP needs the slow path or a helper: let the interpreter do exactly this one, then dispatch. */
  Single: 1,
  /** Fuel is used up. */
  Fuel: 2,
  /** A trap: State.trapKind (a Trap code) and the trap fields are set. */
  Trap: 3,
  /** Interpreter only: nothing is decoded at RIP yet. */
  Decode: 4,
  /** Interpreter only: RIP is the head of a hot block that should be translated. */
  Hot: 5,
  /** Regions only, among themselves: a return to RIP, for the region that called. */
  Returned: 6,
} as const;
export type Exit = (typeof Exit)[keyof typeof Exit];
