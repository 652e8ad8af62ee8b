/**
 * The tree mounted on /dev: device nodes, and the links and folders that programs look for. What opening a node does is the personality's
 * device table. Source: Documentation/admin-guide/devices.txt; udev's standard links.
 */
import { NodeKind, type FileServer, type NewNode } from '../../kernel/file-server.ts';
import type { RealTimeClock } from '../clock.ts';
import { MemoryServer } from '../memfs/memory-server.ts';

const TTY_GROUP = 5;

/** Name, major, minor, permissions, group. */
const devices: readonly (readonly [name: string, major: number, minor: number, permissions: number, group?: number])[] =
  [
    ['null', 1, 3, 0o666],
    ['zero', 1, 5, 0o666],
    ['full', 1, 7, 0o666],
    ['random', 1, 8, 0o666],
    ['urandom', 1, 9, 0o666],
    ['tty', 5, 0, 0o666, TTY_GROUP],
    ['console', 5, 1, 0o600, TTY_GROUP],
    ['ptmx', 5, 2, 0o666, TTY_GROUP],
  ];

const links: readonly (readonly [name: string, target: string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
];

/** Name and permissions. */
const folders: readonly (readonly [name: string, permissions: number])[] = [
  ['pts', 0o755],
  ['shm', 0o1777],
  ['mqueue', 0o1777],
];

export function createDeviceTree(deviceId: number, nowNs?: RealTimeClock): FileServer {
  const server = new MemoryServer({ deviceId, type: 'devtmpfs', rootPermissions: 0o755, ...(nowNs && { nowNs }) });
  const create = (name: string, node: Omit<NewNode, 'owner' | 'group'> & { readonly group?: number }): void => {
    const made = server.root.create(name, { owner: 0, group: 0, ...node });
    if (typeof made === 'number') throw new Error(`/dev/${name}: status ${made}`);
  };
  for (const [name, major, minor, permissions, group = 0] of devices) {
    create(name, { kind: NodeKind.CharacterDevice, permissions, group, device: { major, minor } });
  }
  for (const [name, target] of links) create(name, { kind: NodeKind.SymbolicLink, permissions: 0o777, target });
  for (const [name, permissions] of folders) create(name, { kind: NodeKind.Directory, permissions });
  return server;
}
