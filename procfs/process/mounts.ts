/** mounts, mountinfo, mountstats. Source: proc_pid_mounts(5), proc_pid_mountinfo(5); fs/proc_namespace.c. */
import type { MountFacts, ProcCapabilities, Subject } from '../capabilities.ts';
import { mangle } from '../format.ts';

const ESCAPED = ' \t\n\\#';

function access(isReadOnly: boolean): string {
  return isReadOnly ? 'ro' : 'rw';
}

function all(subject: Subject, { census }: ProcCapabilities, row: (mount: MountFacts) => string): string {
  let out = '';
  for (const mount of census.mounts(subject)) out += row(mount);
  return out;
}

export function renderMounts(subject: Subject, bag: ProcCapabilities): string {
  return all(subject, bag, (mount) => {
    const source = mangle(mount.source, ESCAPED);
    const options = `${access(mount.isReadOnly || mount.treeIsReadOnly)}${mount.flags}${mount.treeOptions}`;
    return `${source} ${mangle(mount.place, ESCAPED)} ${mount.type} ${options} 0 0\n`;
  });
}

export function renderMountInfo(subject: Subject, bag: ProcCapabilities): string {
  return all(subject, bag, (mount) => {
    const device = `${mount.deviceMajor}:${mount.deviceMinor}`;
    const place = mangle(mount.place, ESCAPED);
    const root = mangle(mount.root, ESCAPED);
    const options = `${access(mount.isReadOnly)}${mount.flags}`;
    const treeOptions = `${access(mount.treeIsReadOnly)}${mount.treeOptions}`;
    const tree = `${mount.type} ${mangle(mount.source, ESCAPED)} ${treeOptions}`;
    return `${mount.id} ${mount.parentId} ${device} ${root} ${place} ${options} ${mount.tags}- ${tree}\n`;
  });
}

export function renderMountStats(subject: Subject, bag: ProcCapabilities): string {
  return all(subject, bag, (mount) => {
    const place = mangle(mount.place, ESCAPED);
    return `device ${mangle(mount.source, ESCAPED)} mounted on ${place} with fstype ${mount.type}\n`;
  });
}
