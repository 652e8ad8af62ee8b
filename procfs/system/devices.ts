/** What there is: filesystems, devices, partitions, diskstats, consoles, version, cmdline. Source: proc(5). */
import type { ProcCapabilities } from '../capabilities.ts';

const fileSystems = ['sysfs', 'tmpfs', 'proc', 'devtmpfs', 'pipefs', 'sockfs', 'devpts', 'mqueue', 'overlay', '9p'];

export function renderFilesystems(): string {
  return fileSystems.map((name) => `nodev\t${name}\n`).join('');
}

const characterDevices: readonly (readonly [number, string])[] = [
  [1, 'mem'],
  [5, '/dev/tty'],
  [5, '/dev/console'],
  [5, '/dev/ptmx'],
  [128, 'ptm'],
  [136, 'pts'],
];

export function renderDevices(): string {
  const rows = characterDevices.map(([major, name]) => `${String(major).padStart(3)} ${name}\n`).join('');
  return `Character devices:\n${rows}\nBlock devices:\n`;
}

export function renderVersion({ release, version }: ProcCapabilities): string {
  return `Linux version ${release} (k42@k42) (k42, WebAssembly) ${version}\n`;
}
