/** Options of proc: who sees which processes. Source: proc(5), "Mount options"; fs/proc/root.c, proc_parse_param; fs/proc/inode.c, proc_show_options. */
import type { ByteString } from '../../../kernel/byte-string.ts';
import { defaultProcOptions, HidePid } from '../../../procfs/root.ts';
import type { ProcOptions } from '../../../procfs/root.ts';
import { EINVAL, ENODEV } from '../../abi/errno.ts';
import { createProc } from '../../adapters/kernel-trees.ts';
import { ProcServer } from '../../adapters/proc-server.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { SuperBlock } from '../mount.ts';
import { parseDecimal, parseOptions } from './option-text.ts';
import type { NewTree } from './tmpfs.ts';

export const procParameters = ['hidepid', 'gid', 'subset'];

const names: Readonly<Record<string, HidePid>> = {
  off: HidePid.Nothing,
  noaccess: HidePid.NoAccess,
  invisible: HidePid.Invisible,
  ptraceable: HidePid.NotTraceable,
};

/** The machine's own tree; one of its own where options are given. */
export function makeProc(thread: LinuxThread, text: ByteString): NewTree | number {
  const { system } = thread.process.fs;
  const shown = defaultProcOptions();
  const refused = apply(text, shown);
  if (refused < 0) return refused;
  const own = system.single('proc');
  if (text === '') return own === undefined ? -ENODEV : { server: own, options: '' };
  const server = createProc({ machine: thread.machine, deviceId: system.nextDevice(), shown });
  return { server, options: show(shown) };
}

export function remountProc(_thread: LinuxThread, superBlock: SuperBlock, text: ByteString): number {
  const { server } = superBlock;
  if (!(server instanceof ProcServer) || server.shown === undefined) return 0;
  const wanted = { ...server.shown };
  const refused = apply(text, wanted);
  if (refused < 0) return refused;
  Object.assign(server.shown, wanted);
  superBlock.options = show(wanted);
  return 0;
}

export function checkProcOption(_thread: LinuxThread, option: ByteString): number {
  return apply(option, defaultProcOptions());
}

/** 0 or −errno. */
function apply(text: ByteString, options: ProcOptions): number {
  for (const [name, value = ''] of parseOptions(text)) {
    const number = parseDecimal(value);
    if (name === 'hidepid') {
      const found = names[value] ?? Object.values(names).find((known) => known === number);
      if (found === undefined) return -EINVAL;
      options.hidePid = found;
    } else if (name === 'gid' && number !== undefined) options.group = number;
    else if (name === 'subset' && value === 'pid') options.subset = value;
    else return -EINVAL;
  }
  return 0;
}

function show({ hidePid, group, subset }: ProcOptions): string {
  const shown: string[] = [];
  if (group !== 0) shown.push(`gid=${group}`);
  if (hidePid !== HidePid.Nothing) shown.push(`hidepid=${Object.keys(names).find((name) => names[name] === hidePid)}`);
  if (subset === 'pid') shown.push('subset=pid');
  return shown.join(',');
}
