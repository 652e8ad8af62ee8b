/** Where the worker begins. */
import type { PageMessage, WorkerMessage } from '../messages.ts';
import { MachineWorker } from './machine-worker.ts';

/** A worker's own side; the compiler knows pages only. */
const page = globalThis as unknown as {
  postMessage(message: WorkerMessage, transfer?: readonly Transferable[]): void;
  onmessage: (event: MessageEvent<PageMessage>) => void;
};
const worker = new MachineWorker((message, transfer) => page.postMessage(message, transfer));
page.onmessage = ({ data }) => worker.take(data);
