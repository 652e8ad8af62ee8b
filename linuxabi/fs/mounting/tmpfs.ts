/** tmpfs: a tree in memory with limits of its own. Source: tmpfs(5); mm/shmem.c, shmem_parse_one, shmem_reconfigure, shmem_show_options. */
import type { ByteString } from '../../../kernel/byte-string.ts';
import type { FileServer } from '../../../kernel/file-server.ts';
import { MemoryServer } from '../../../rootfs/memfs/memory-server.ts';
import { EINVAL } from '../../abi/errno.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { FileSystem } from '../file-system.ts';
import type { SuperBlock } from '../mount.ts';
import { parseDecimal, parseOctal, parseOptions, parseSize } from './option-text.ts';

const PAGE = 4096;
/** Without any limit: more than the machine will ever give. */
const NO_LIMIT = 2 ** 50;

interface TmpfsOptions {
  sizeBytes?: number;
  nodes?: number;
  permissions?: number;
  owner?: number;
  group?: number;
}

export interface NewTree {
  readonly server: FileServer;
  readonly options: string;
}

export function makeTmpfs(thread: LinuxThread, text: ByteString): NewTree | number {
  const { fs, credentials } = thread.process;
  const { fsuid: owner, fsgid: group } = credentials;
  return createTmpfs({ system: fs.system, memoryBytes: thread.machine.memoryBytes, owner, group }, text);
}

/** Whose tree it is to be. */
export interface TmpfsMaker {
  readonly system: FileSystem;
  readonly memoryBytes: number;
  readonly owner: number;
  readonly group: number;
}

/** −EINVAL when an option is none of tmpfs. */
export function createTmpfs(maker: TmpfsMaker, text: ByteString): NewTree | number {
  const { system, memoryBytes } = maker;
  const options = parse(text, memoryBytes);
  if (typeof options === 'number') return options;
  const halfOfMemory = memoryBytes / 2;
  const server = new MemoryServer({
    deviceId: system.nextDevice(),
    type: 'tmpfs',
    nowNs: () => system.realTimeNs(),
    rootPermissions: options.permissions ?? 0o1777,
    limitBytes: options.sizeBytes ?? halfOfMemory,
    limitNodes: options.nodes ?? Math.floor(halfOfMemory / PAGE),
  });
  server.storage.chargeTo(system.budget);
  // The root takes a file of its own.
  server.storage.takeNode();
  const { root } = server;
  root.setAttributes({ owner: options.owner ?? maker.owner, group: options.group ?? maker.group });
  return { server, options: show(options) };
}

/** Remounting changes the limits, but not below what is used. */
export function remountTmpfs(thread: LinuxThread, superBlock: SuperBlock, text: ByteString): number {
  const options = parse(text, thread.machine.memoryBytes);
  if (typeof options === 'number') return options;
  const { server } = superBlock;
  if (!(server instanceof MemoryServer)) return 0;
  const { storage } = server;
  if ((options.sizeBytes ?? Infinity) < storage.usedBytes || (options.nodes ?? Infinity) < storage.usedNodes)
    return -EINVAL;
  storage.limitBytes = options.sizeBytes ?? storage.limitBytes;
  storage.limitNodes = options.nodes ?? storage.limitNodes;
  const before = parse(superBlock.options, thread.machine.memoryBytes);
  const { sizeBytes, nodes } = options;
  superBlock.options = show({
    ...(typeof before === 'number' ? {} : before),
    ...(sizeBytes !== undefined && { sizeBytes }),
    ...(nodes !== undefined && { nodes }),
  });
  return 0;
}

export function checkTmpfsOption(thread: LinuxThread, option: ByteString): number {
  const options = parse(option, thread.machine.memoryBytes);
  return typeof options === 'number' ? options : 0;
}

function parse(text: ByteString, memoryBytes: number): TmpfsOptions | number {
  const options: TmpfsOptions = {};
  for (const [name, value] of parseOptions(text)) {
    const read = readers[name];
    if (read === undefined || !read(options, value, memoryBytes)) return -EINVAL;
  }
  return options;
}

type Reader = (options: TmpfsOptions, value: string | undefined, memoryBytes: number) => boolean;

/** Reads a number into a member; false when it is none. */
const into =
  (member: keyof TmpfsOptions, number: (text: string | undefined) => number | undefined): Reader =>
  (options, value) => {
    const found = number(value);
    if (found !== undefined) options[member] = found;
    return found !== undefined;
  };

const limit = (value: number): number => (value === 0 ? NO_LIMIT : value);

const readers: Readonly<Record<string, Reader>> = {
  size: (options, value, memoryBytes) => {
    const share = /^([0-9]+)%$/.exec(value ?? '');
    const bytes = share === null ? parseSize(value) : (memoryBytes * Number(share[1])) / 100;
    if (bytes === undefined) return false;
    options.sizeBytes = limit(Math.ceil(bytes / PAGE) * PAGE);
    return true;
  },
  nr_blocks: (options, value) => {
    const blocks = parseSize(value);
    if (blocks !== undefined) options.sizeBytes = limit(blocks * PAGE);
    return blocks !== undefined;
  },
  nr_inodes: (options, value) => {
    const nodes = parseSize(value);
    if (nodes !== undefined) options.nodes = limit(nodes);
    return nodes !== undefined;
  },
  mode: into('permissions', parseOctal),
  uid: into('owner', parseDecimal),
  gid: into('group', parseDecimal),
  huge: (_options, value) => ['never', 'always', 'within_size', 'advise'].includes(value ?? ''),
  inode32: () => true,
  inode64: () => true,
  noswap: () => true,
};

export const tmpfsParameters = Object.keys(readers);

function show({ sizeBytes, nodes, permissions, owner, group }: TmpfsOptions): string {
  const shown: string[] = [];
  if (sizeBytes !== undefined && sizeBytes !== NO_LIMIT) shown.push(`size=${sizeBytes / 1024}k`);
  if (nodes !== undefined && nodes !== NO_LIMIT) shown.push(`nr_inodes=${nodes}`);
  if (permissions !== undefined && permissions !== 0o1777)
    shown.push(`mode=${permissions.toString(8).padStart(3, '0')}`);
  if (owner !== undefined && owner !== 0) shown.push(`uid=${owner}`);
  if (group !== undefined && group !== 0) shown.push(`gid=${group}`);
  return shown.join(',');
}
