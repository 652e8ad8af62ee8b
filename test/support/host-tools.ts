/** Programs of the host with their shared libraries in a folder of their own: a root in which the very same files run. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

export class HostTools {
  readonly folder = mkdtempSync(join(tmpdir(), 'k42-tools-'));
  readonly #libraries = new Set<string>();

  /** Each is found on the PATH and put into /usr/bin; /bin is the same folder. */
  constructor(names: readonly string[]) {
    mkdirSync(this.bin, { recursive: true });
    for (const folder of ['tmp', 'proc', 'sys', 'dev', 'etc']) mkdirSync(join(this.folder, folder));
    writeFileSync(join(this.folder, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/bash\n');
    writeFileSync(join(this.folder, 'etc/group'), 'root:x:0:\n');
    for (const name of names) this.#add(name);
    this.#addTerminal('dumb');
    cpSync(this.bin, join(this.folder, 'bin'), { recursive: true });
  }

  get bin(): string {
    return join(this.folder, 'usr/bin');
  }

  /** What ncurses knows of a terminal. */
  #addTerminal(name: string): void {
    const entry = join(name[0]!, name);
    const place = ['/etc/terminfo', '/lib/terminfo', '/usr/share/terminfo'].map((folder) => join(folder, entry));
    const found = place.find((path) => existsSync(path));
    if (found !== undefined) cpSync(found, join(this.folder, 'usr/share/terminfo', entry));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #add(name: string): void {
    const folders = (process.env['PATH'] ?? '').split(':');
    const path = folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
    if (path === undefined) throw new Error(`the host has no ${name}`);
    cpSync(realpathSync(path), join(this.bin, name));
    const listing = spawnSync('ldd', [path], { encoding: 'utf8' }).stdout;
    for (const [, library] of listing.matchAll(/(\/\S+) \(0x/g)) this.#addLibrary(library!);
  }

  /** Where the program looks for it. */
  #addLibrary(path: string): void {
    if (this.#libraries.has(path)) return;
    this.#libraries.add(path);
    const place = join(this.folder, dirname(path));
    mkdirSync(place, { recursive: true });
    cpSync(realpathSync(path), join(place, basename(path)));
  }
}
