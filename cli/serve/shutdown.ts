/** Ending a served machine: programs are asked, and killed when they don't go. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SIGCONT, SIGTERM } from '../../linuxabi/abi/signal.ts';
import { sendToProcess } from '../../linuxabi/signal/send.ts';
import { kernelSignal } from '../../linuxabi/signal/siginfo.ts';
import type { ServedMachine } from './served-machine.ts';

const LOOK_MS = 10;

/**
 * SIGTERM to every process, and the terminals' hang-up, which shells obey. Resolves when all have ended, or after the grace; what is left
 * then is for the machine's end to kill.
 */
export async function askProgramsToEnd(served: ServedMachine, graceMs: number): Promise<void> {
  const { machine } = served;
  const running = () => [...machine.tasks.processes.values()].filter((one) => one !== machine.init && !one.exited);
  for (const process of running()) {
    sendToProcess(process, kernelSignal(SIGTERM));
    sendToProcess(process, kernelSignal(SIGCONT));
  }
  for (const session of served.terminals()) session.hangUp();
  for (const end = performance.now() + graceMs; running().length > 0 && performance.now() < end;) await sleep(LOOK_MS);
}
