/** map_files/ and children: one link for each mapped file; the processes that a thread has made. Source: proc_pid_map_files(5), proc_tid_children(5). */
import type { ProcCapabilities, RegionFacts, Subject } from '../capabilities.ts';
import type { Child, Children, DirectoryEntry, LinkEntry } from '../entry.ts';
import { hex, PAGE_BYTES } from '../format.ts';

const NAME = /^([0-9a-f]+)-([0-9a-f]+)$/;

function nameOf({ start, end }: RegionFacts): string {
  return `${hex(start)}-${hex(end)}`;
}

/** The link's bits show how the file was open: for reading, unless what is shared can be written. Source: fs/proc/base.c, proc_map_files_instantiate. */
function linkTo({ shared, writable }: RegionFacts): LinkEntry {
  return { kind: 'link', mode: shared && writable ? 0o600 : 0o400, place: 'map', guard: 'inspect' };
}

/** The number of a link is that of its first page. */
class MapChildren implements Children {
  find(subject: Subject, { census }: ProcCapabilities, name: string): Child | undefined {
    if (!NAME.test(name)) return undefined;
    for (const region of census.regions(subject))
      if (region.inode !== 0 && nameOf(region) === name) return this.#child(subject, region);
    return undefined;
  }

  *list(subject: Subject, { census }: ProcCapabilities): Iterable<readonly [string, Child]> {
    for (const region of census.regions(subject))
      if (region.inode !== 0) yield [nameOf(region), this.#child(subject, region)];
  }

  #child(subject: Subject, region: RegionFacts): Child {
    return { entry: linkTo(region), subject: { ...subject, fd: region.start / PAGE_BYTES } };
  }
}

export const mapFiles: DirectoryEntry = {
  kind: 'directory',
  mode: 0o500,
  guard: 'inspect',
  children: new MapChildren(),
};

/** All children count as the first thread's. */
export function renderChildren({ pid, tid }: Subject, { census }: ProcCapabilities): string {
  if (pid !== tid) return '';
  let out = '';
  for (const child of census.pids()) {
    const task = census.task({ pid: child, tid: child, scope: 'process', fd: -1 });
    if (task?.parentPid === pid) out += `${child} `;
  }
  return out;
}
