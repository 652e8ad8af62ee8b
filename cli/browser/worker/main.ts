/** The worker that has the machine: the page's messages in, the terminal's output out. */
import type { PageMessage, WorkerMessage } from '../messages.ts';
import { BrowserMachine } from './browser-machine.ts';
import { fetchBytes } from './fetched.ts';

/** A worker's own side; the compiler knows pages only. */
const page = globalThis as unknown as {
  postMessage(message: WorkerMessage, transfer?: readonly Transferable[]): void;
  onmessage: (event: MessageEvent<PageMessage>) => void;
};

const BYTES_PER_MIB = 2 ** 20;
let machine: BrowserMachine | undefined;

page.onmessage = ({ data }) => {
  take(data).catch((failure: unknown) => fail(failure));
};

async function take(message: PageMessage): Promise<void> {
  switch (message.type) {
    case 'boot':
      machine = await boot(message);
      machine.run().catch((failure: unknown) => fail(failure));
      return runShell(machine);
    case 'shell':
      return machine && runShell(machine);
    case 'input':
      return machine?.line.receive(message.bytes);
    case 'shown':
      return machine?.line.shown(message.bytes);
    case 'resize':
      return machine?.resize(message.window);
  }
}

async function boot({ root, interpreter, window }: PageMessage & { type: 'boot' }): Promise<BrowserMachine> {
  const showRoot = (bytes: number): void => progress(`Root file system: ${(bytes / BYTES_PER_MIB).toFixed(1)} MiB`);
  const [archive, module] = await Promise.all([fetchBytes(root, showRoot), fetchBytes(interpreter, () => undefined)]);
  progress('Starting the machine');
  return new BrowserMachine({
    root: archive,
    interpreter: module,
    window,
    send: (bytes) => page.postMessage({ type: 'output', bytes }, [bytes.buffer]),
    log: (line) => console.info(`k42: ${line}`),
  });
}

async function runShell(on: BrowserMachine): Promise<void> {
  const ended = on.runShell();
  page.postMessage({ type: 'started' });
  page.postMessage({ type: 'ended', status: await ended });
}

function progress(text: string): void {
  page.postMessage({ type: 'progress', text });
}

function fail(failure: unknown): void {
  page.postMessage({ type: 'failed', text: failure instanceof Error ? failure.message : String(failure) });
  console.error(failure);
}
