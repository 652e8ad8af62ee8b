/** Where the links of a process lead: working directory, root, program, open files, namespaces. Source: fs/proc/base.c, fs/proc/fd.c. */
import { PAGE_SIZE } from '../../cpu/address.ts';
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type { Subject } from '../../procfs/capabilities.ts';
import type { Place } from '../../procfs/entry.ts';
import { ENOENT } from '../abi/errno.ts';
import { Dentry } from '../fs/dentry.ts';
import type { Description } from '../fs/description.ts';
import type { FileSystem } from '../fs/file-system.ts';
import type { Location } from '../fs/mount.ts';
import { Last, walk } from '../fs/path-walk.ts';
import type { Machine } from '../machine.ts';
import type { LinuxProcess } from '../process/process.ts';
import { NamespaceFiles } from './namespaces.ts';
import { processOf } from './subject.ts';

export class ProcPlaces {
  readonly #machine: Machine;
  readonly #namespaces: NamespaceFiles;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#namespaces = new NamespaceFiles(machine, (file) =>
      machine.fs.system.factories(machine.kernel.factories).adopt('namespace', file),
    );
  }

  /** The place, or −errno. */
  find(subject: Subject, place: Place): Location | number {
    const process = processOf(this.#machine, subject);
    if (process === undefined || process.exited) return -ENOENT;
    return this.#of(process, subject.fd, place) ?? -ENOENT;
  }

  #of(process: LinuxProcess, fd: number, place: Place): Location | undefined {
    switch (place) {
      case 'cwd':
        return process.fs.cwd;
      case 'root':
        return process.fs.root;
      case 'exe':
        return executableOf(process);
      case 'fd': {
        const description = process.files.get(fd);
        return description && placeOf(process.fs.system, description);
      }
      case 'map':
        return mappedAt(process, fd * PAGE_SIZE);
      default:
        return this.#namespaces.place(process, place.slice('ns:'.length));
    }
  }
}

/** The place of what a descriptor leads to, also of what was never opened by name. */
function placeOf(system: FileSystem, description: Description): Location | undefined {
  const { location, node } = description;
  if (location !== undefined) return location;
  // An object of no tree (eventfd, epoll) has a name all the same.
  if (node === undefined) return system.anonymous.create(NodeKind.File, 0, 0, () => description.label);
  // A terminal handed to the first program: its device node has a name.
  const mount = system.namespace.mounts.find(({ server }) => server === node.server);
  const dentry = mount?.root.child(String(node.attributes().device.minor));
  if (mount !== undefined && typeof dentry === 'object' && dentry.node === node) return { mount, dentry };
  return { mount: mount ?? system.root.mount, dentry: new Dentry(description.label, undefined, node) };
}

function executableOf(process: LinuxProcess): Location | undefined {
  const { executable, image } = process;
  return image === undefined || executable === '' ? undefined : namedPlace(process, executable);
}

/** The file that a region shows, by its name where that still leads to it. */
function mappedAt(process: LinuxProcess, start: number): Location | undefined {
  const region = process.image && process.addressSpace.regions.find(start);
  const node = region?.object.node;
  if (region?.start !== start || node === undefined) return undefined;
  const { label } = region.attributes;
  const named = namedPlace(process, label);
  if (named?.dentry.node === node) return named;
  const { mounts } = process.fs.system.namespace;
  const mount = mounts.find(({ server }) => server === node.server) ?? process.fs.system.root.mount;
  return { mount, dentry: new Dentry(label, undefined, node) };
}

function namedPlace({ fs, credentials }: LinuxProcess, path: ByteString): Location | undefined {
  const { root } = fs.namespace;
  const walker = { root, start: root, credentials, magicTarget: () => undefined };
  const location = walk(walker, path, Last.Follow);
  return typeof location === 'number' ? undefined : location;
}
