/** Whether a process is stopped, and what of it its parent has not seen yet. Source: waitpid(2), kernel/signal.c. */
export class JobControl {
  stopped = false;
  /** The signal that stopped it. */
  stopSignal = 0;
  /** A stop not yet reported by wait with WUNTRACED. */
  stopUnreported = false;
  /** A continuation not yet reported by wait with WCONTINUED. */
  continueUnreported = false;
}
