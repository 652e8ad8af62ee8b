/** A command that goes on in the background: started once more, in a session of its own, until it says that it is ready. */
import { spawn } from 'node:child_process';
import { note } from '../note.ts';

/** Set for the process in the background, to its parent's number. */
const MARK = 'K42_DETACHED';

/** Whether this process is the one in the background. */
export function detachedStart(): boolean {
  return process.send !== undefined && process.env[MARK] === String(process.ppid);
}

interface ReadyMessage {
  readonly ready: string;
  readonly notes: readonly string[];
}

/** Tells the starter, who says the notes and leaves then. False when nobody waits for it. */
export function reportReady(name: string, notes: readonly string[] = []): boolean {
  if (!detachedStart()) return false;
  process.send!({ ready: name, notes } satisfies ReadyMessage);
  process.disconnect();
  return true;
}

/** Prints the name that the command in the background reports; its status when it ends before. */
export async function startDetached(command: string, words: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, command, ...words], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, [MARK]: String(process.pid) },
  });
  child.stderr!.pipe(process.stderr);
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 1));
    child.on('message', ({ ready, notes }: ReadyMessage) => {
      process.stdout.write(`${ready}\n`);
      for (const line of notes) note(line);
      child.unref();
      resolve(0);
    });
  });
}
