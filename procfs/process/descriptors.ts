/** fd/ and fdinfo/. Source: proc_pid_fd(5), proc_pid_fdinfo(5); fs/proc/fd.c. */
import { O_ACCMODE, O_RDONLY, O_WRONLY } from '../../linuxabi/abi/fcntl.ts';
import type { ProcCapabilities, Subject } from '../capabilities.ts';
import { text } from '../entry.ts';
import type { Child, Children, Entry } from '../entry.ts';

const NUMBER = /^(0|[1-9][0-9]*)$/;

/** One entry for each open descriptor. */
class DescriptorChildren implements Children {
  readonly #entry: Entry;

  constructor(entry: Entry) {
    this.#entry = entry;
  }

  find(subject: Subject, { census }: ProcCapabilities, name: string): Child | undefined {
    if (!NUMBER.test(name)) return undefined;
    const child = { entry: this.#entry, subject: { ...subject, fd: Number(name) } };
    return census.descriptor(child.subject) && child;
  }

  *list(subject: Subject, { census }: ProcCapabilities): Iterable<readonly [string, Child]> {
    for (const fd of census.descriptors(subject)) {
      yield [String(fd), { entry: this.#entry, subject: { ...subject, fd } }];
    }
  }
}

/** The link's bits show how the file is open. Source: fs/proc/fd.c, tid_fd_update_inode. */
function modeOf(subject: Subject, { census }: ProcCapabilities): number {
  const access = (census.descriptor(subject)?.flags ?? 0) & O_ACCMODE;
  if (access === O_RDONLY) return 0o500;
  return access === O_WRONLY ? 0o300 : 0o700;
}

function renderFdinfo(subject: Subject, { census }: ProcCapabilities): string {
  const facts = census.descriptor(subject);
  if (facts === undefined) return '';
  const flags = `0${facts.flags.toString(8)}`;
  const head = `pos:\t${facts.position}\nflags:\t${flags}\nmnt_id:\t${facts.mountId}\nino:\t${facts.inode}\n`;
  return head + facts.details.join('');
}

export const fd = {
  kind: 'directory',
  mode: 0o500,
  children: new DescriptorChildren({ kind: 'link', mode: 0o700, modeOf, place: 'fd', guard: 'inspect' }),
} as const;

export const fdinfo = {
  kind: 'directory',
  mode: 0o555,
  guard: 'inspect',
  children: new DescriptorChildren(text(0o444, renderFdinfo, 'inspect')),
} as const;
