/** The picture that bytes make. */
import { Terminal } from '@xterm/headless';

/** What a terminal shows that has been sent all of this. */
export async function screenAfter(seen: string, columns = 80, rows = 24): Promise<string[]> {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(seen, resolve));
  const { active } = terminal.buffer;
  return Array.from({ length: rows }, (_, i) => active.getLine(active.viewportY + i)!.translateToString(true));
}
