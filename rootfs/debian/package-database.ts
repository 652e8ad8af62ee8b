/**
 * dpkg's database for packages that have been unpacked and not yet configured, as `dpkg --configure -a` expects it.
 * Source: dpkg's lib/dpkg/dbdir and infodb formats; deb-conffiles(5).
 */
import { createHash } from 'node:crypto';
import { bytesOf } from '../byte-source.ts';
import { makeEntry } from '../default-root/base-files.ts';
import type { TarEntry } from '../tar/tar-format.ts';
import { parseControl, type ControlFile } from './control-file.ts';
import { PackageError, type PackageContents } from './package-client.ts';

const DATABASE = 'var/lib/dpkg';
/** Control members that are in the status file, not in files of their own. */
const NOT_KEPT = new Set(['', 'control']);

export function databaseEntries(packages: readonly PackageContents[]): TarEntry[] {
  const info: TarEntry[] = [];
  const status: string[] = [];
  for (const contents of packages) {
    const control = controlOf(contents);
    const stem = `${DATABASE}/info/${infoName(control)}`;
    for (const member of contents.control) {
      if (member.kind === 'file' && !NOT_KEPT.has(member.path))
        info.push({ ...member, path: `${stem}.${member.path}` });
    }
    const list = contents.data.map(({ path }) => (path === '' ? '/.' : `/${path}`));
    info.push(makeEntry('file', `${stem}.list`, { content: `${list.join('\n')}\n` }));
    status.push(`${control.text}\nStatus: install ok unpacked\n${conffiles(contents)}`);
  }
  return [
    ...['', '/info', '/updates', '/triggers', '/alternatives', '/parts'].map((name) =>
      makeEntry('directory', `${DATABASE}${name}`),
    ),
    makeEntry('file', `${DATABASE}/info/format`, { content: '1\n' }),
    makeEntry('file', `${DATABASE}/available`),
    makeEntry('file', `${DATABASE}/status`, { content: status.map((record) => `${record}\n`).join('') }),
    ...info,
  ];
}

function controlOf({ control }: PackageContents): ControlFile {
  return parseControl(memberText(control, 'control'));
}

function memberText(control: readonly TarEntry[], name: string): string {
  const member = control.find(({ path }) => path === name);
  return member === undefined ? '' : Buffer.from(bytesOf(member.content)).toString('latin1');
}

/** Packages that may be there for several architectures at once have theirs in the name. */
function infoName(control: ControlFile): string {
  const name = control.field('Package');
  if (name === '') throw new PackageError('a package has no name');
  return control.field('Multi-Arch') === 'same' ? `${name}:${control.field('Architecture')}` : name;
}

/** With the digests of the files as they were unpacked: nobody has changed them. */
function conffiles({ control, data }: PackageContents): string {
  const paths = memberText(control, 'conffiles')
    .split('\n')
    .filter((line) => line.startsWith('/'));
  if (paths.length === 0) return '';
  const lines = paths.map((path) => {
    const member = data.find((entry) => `/${entry.path}` === path);
    const content = member === undefined ? new Uint8Array(0) : bytesOf(member.content);
    return ` ${path} ${createHash('md5').update(content).digest('hex')}`;
  });
  return `Conffiles:\n${lines.join('\n')}\n`;
}
