/** What a process asked of the kernel's memory management: kept, inherited and told. Source: prctl(2). */
const PR_MCE_KILL_DEFAULT = 2;

export class Preferences {
  /** PR_SET_THP_DISABLE. */
  smallPagesOnly: boolean;
  /** PR_MCE_KILL: when to be told of broken memory. */
  memoryErrorPolicy: number;

  constructor(from?: Preferences) {
    this.smallPagesOnly = from?.smallPagesOnly ?? false;
    this.memoryErrorPolicy = from?.memoryErrorPolicy ?? PR_MCE_KILL_DEFAULT;
  }
}
