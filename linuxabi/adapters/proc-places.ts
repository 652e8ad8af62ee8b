/** Where the links of a process lead: working directory, root, program, open files, namespaces. Source: fs/proc/base.c, fs/proc/fd.c. */
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
  readonly #namespaces = new NamespaceFiles();

  constructor(machine: Machine) {
    this.#machine = machine;
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
      default:
        return this.#namespaces.place(place.slice('ns:'.length));
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
  const { fs, credentials, executable, image } = process;
  if (image === undefined || executable === '') return undefined;
  const { root } = fs.namespace;
  const walker = { root, start: root, credentials, magicTarget: () => undefined };
  const location = walk(walker, executable, Last.Follow);
  return typeof location === 'number' ? undefined : location;
}
