/** What the default root holds besides the packages' files: the folders and the files of /etc that programs expect. */
import { EMPTY_SOURCE, MemorySource } from '../byte-source.ts';
import type { TarEntry } from '../tar/tar-format.ts';

/** Fixed, so that the same packages give the same root. */
const MODIFIED_NS = 1_700_000_000_000_000_000n;

export interface EntryChange {
  readonly permissions?: number;
  readonly owner?: number;
  readonly content?: string;
  readonly target?: string;
}

export function makeEntry(kind: TarEntry['kind'], path: string, change: EntryChange = {}): TarEntry {
  const { content } = change;
  return {
    kind,
    path,
    permissions: change.permissions ?? (kind === 'directory' ? 0o755 : kind === 'symlink' ? 0o777 : 0o644),
    owner: change.owner ?? 0,
    group: change.owner ?? 0,
    modifiedNs: MODIFIED_NS,
    target: change.target ?? '',
    device: { major: 0, minor: 0 },
    content: content === undefined ? EMPTY_SOURCE : new MemorySource(new TextEncoder().encode(content)),
  };
}

const USER_ID = 1000;

const folders: readonly (readonly [path: string, permissions?: number, owner?: number])[] = [
  ['bin'],
  ['boot'],
  ['dev'],
  ['etc'],
  ['home'],
  ['home/user', 0o755, USER_ID],
  ['lib'],
  ['lib64'],
  ['mnt'],
  ['opt'],
  ['proc', 0o555],
  ['root', 0o700],
  ['run'],
  ['sbin'],
  ['srv'],
  ['sys', 0o555],
  ['tmp', 0o1777],
  ['usr'],
  ['usr/bin'],
  ['usr/lib'],
  ['usr/local'],
  ['usr/local/bin'],
  ['usr/sbin'],
  ['usr/share'],
  ['var'],
  ['var/lib'],
  ['var/log'],
  ['var/spool'],
  ['var/tmp', 0o1777],
];

const PASSWD = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
sys:x:3:3:sys:/dev:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
user:x:1000:1000:user:/home/user:/bin/bash
`;

const GROUP = `root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:
tty:x:5:
disk:x:6:
nogroup:x:65534:
user:x:1000:
`;

const PROFILE = `export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
[ -n "$BASH" ] && [ -f /etc/bash.bashrc ] && . /etc/bash.bashrc
`;

const BASHRC = `PS1='\\u@\\h:\\w\\$ '
shopt -s checkwinsize
alias ls='ls --color=auto'
alias ll='ls -l'
`;

const files: readonly (readonly [path: string, content: string, permissions?: number])[] = [
  ['etc/passwd', PASSWD],
  ['etc/group', GROUP],
  ['etc/shadow', 'root:*:19000:0:99999:7:::\nuser:*:19000:0:99999:7:::\n', 0o640],
  ['etc/shells', '/bin/sh\n/bin/ash\n/bin/bash\n'],
  ['etc/hostname', 'k42\n'],
  ['etc/hosts', '127.0.0.1\tlocalhost k42\n::1\tlocalhost ip6-localhost\n'],
  ['etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'],
  ['etc/resolv.conf', ''],
  ['etc/issue', 'k42 \\n \\l\n\n'],
  ['etc/os-release', 'PRETTY_NAME="k42 default root (Debian busybox and bash)"\nNAME="k42"\nID=k42\nID_LIKE=debian\n'],
  ['etc/profile', PROFILE],
  ['etc/bash.bashrc', BASHRC],
  ['root/.bashrc', '. /etc/bash.bashrc\n'],
  ['root/.profile', '. /etc/profile\n'],
  ['etc/inputrc', 'set bell-style none\nset meta-flag on\nset convert-meta off\nset output-meta on\n'],
];

export function baseEntries(): TarEntry[] {
  return [
    ...folders.map(([path, permissions, owner]) =>
      makeEntry('directory', path, {
        ...(permissions !== undefined && { permissions }),
        ...(owner !== undefined && { owner }),
      }),
    ),
    ...files.map(([path, content, permissions]) =>
      makeEntry('file', path, { content, ...(permissions !== undefined && { permissions }) }),
    ),
  ];
}
