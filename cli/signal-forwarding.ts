/** Signals sent to k42 itself go on to the program it runs, as Docker's --sig-proxy does. */
import { constants } from 'node:os';

const FORWARDED = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;

/** Begins to forward; the answer ends it. Linux's numbers of these signals are given, whatever the host's are. */
export function forwardSignals(send: (signal: number) => void): () => void {
  const handlers = FORWARDED.map((name) => {
    const number = LINUX_NUMBER[name];
    const handler = (): void => send(number);
    if (constants.signals[name] !== undefined) process.on(name, handler);
    return [name, handler] as const;
  });
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler);
  };
}

const LINUX_NUMBER: Readonly<Record<(typeof FORWARDED)[number], number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
  SIGCONT: 18,
};
