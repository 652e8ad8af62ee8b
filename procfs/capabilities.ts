/**
 * What /proc is handed, and all it knows of the machine: snapshots as plain data, and a few narrow ways to change things.
 * `linuxabi/adapters` implements it. Numbers are exact below 2^53; Infinity stands for "unlimited". Results: values ≥ 0, text,
 * or −errno.
 */
export type ByteString = string;

/** Which task a file speaks of: a process directory names its leader's thread. 0 where a file speaks of the whole system. */
export interface Subject {
  readonly pid: number;
  readonly tid: number;
  /** A directory under task/: usage and signals are one thread's, not the process's. */
  readonly scope: 'process' | 'thread' | 'system';
  /** A descriptor, in fd/ and fdinfo/; −1 elsewhere. */
  readonly fd: number;
}

/** Signals 1..32 and 33..64 as two words, unsigned. */
export type SignalWords = readonly [low: number, high: number];

export interface TaskFacts {
  readonly pid: number;
  readonly tid: number;
  readonly name: ByteString;
  /** R, S, D, T, t, Z. */
  readonly state: string;
  readonly parentPid: number;
  readonly tracerPid: number;
  readonly groupId: number;
  readonly sessionId: number;
  /** dev_t of the controlling terminal, 0 for none. */
  readonly terminal: number;
  /** Its foreground group, −1 for none. */
  readonly terminalGroup: number;
  /** PF_ bits. */
  readonly flags: number;
  readonly userNs: number;
  readonly systemNs: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly childrenUserNs: number;
  readonly childrenSystemNs: number;
  readonly childrenMinorFaults: number;
  readonly childrenMajorFaults: number;
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
  readonly nice: number;
  /** SCHED_ policy. */
  readonly policy: number;
  /** 1..99 under a real-time policy, else 0. */
  readonly realTimePriority: number;
  readonly threads: number;
  /** Since boot. */
  readonly startNs: number;
  readonly exitSignal: number;
  /** Wait status, 0 while it runs. */
  readonly exitCode: number;
  /** Sleeping in a call: its number and arguments for /proc/PID/syscall; undefined while it runs. */
  readonly call: readonly number[] | undefined;
  readonly stackPointer: number;
  readonly instructionPointer: number;
}

/** What only `status` shows. */
export interface IdentityFacts {
  /** Real, effective, saved, file-system. */
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  readonly groups: readonly number[];
  readonly umask: number;
  /** Descriptor numbers the table has room for. */
  readonly descriptorRoom: number;
  readonly queuedSignals: number;
  readonly queuedSignalsLimit: number;
  readonly pending: SignalWords;
  readonly sharedPending: SignalWords;
  readonly blocked: SignalWords;
  readonly ignored: SignalWords;
  readonly caught: SignalWords;
  /** Sets as 64 bits in two words: inheritable, permitted, effective, bounding, ambient. */
  readonly capabilities: readonly SignalWords[];
  readonly noNewPrivileges: number;
  readonly seccompMode: number;
  readonly seccompFilters: number;
}

/** Sizes of a program's memory; undefined for a task without memory. */
export interface MemoryFacts {
  readonly sizeBytes: number;
  readonly peakBytes: number;
  readonly residentPages: number;
  readonly peakResidentKiB: number;
  readonly heapStart: number;
  readonly heapEnd: number;
  readonly stackStart: number;
  readonly argumentsStart: number;
  readonly argumentsEnd: number;
  readonly environmentEnd: number;
  readonly codeStart: number;
  readonly codeEnd: number;
  readonly dataStart: number;
  readonly dataEnd: number;
}

/** Sums over a program's regions. */
export interface MemoryUsage {
  /** Resident pages of files, and of shared memory. */
  readonly fileResident: number;
  readonly sharedResident: number;
  readonly dataBytes: number;
  readonly stackBytes: number;
  readonly lockedBytes: number;
  readonly libraryBytes: number;
}

export interface RegionFacts {
  readonly start: number;
  readonly end: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
  readonly shared: boolean;
  readonly growsDown: boolean;
  readonly locked: boolean;
  readonly noReserve: boolean;
  /** Counted as committed memory. */
  readonly reserved: boolean;
  /** Left out of forks, or given empty. */
  readonly fork: 'inherit' | 'none' | 'wipe';
  readonly offset: number;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly inode: number;
  /** A path, `[heap]`, `[stack]`, … or nothing. */
  readonly name: ByteString;
}

export interface DescriptorFacts {
  readonly position: number;
  readonly flags: number;
  readonly mountId: number;
  readonly inode: number;
  /** Lines of what is particular to its kind: locks, event counters, epoll sets. */
  readonly details: readonly string[];
}

export interface LimitFacts {
  readonly soft: number;
  readonly hard: number;
}

/** Bytes and calls of read, write and their relatives. */
export interface TransferFacts {
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
}

export interface MountFacts {
  readonly id: number;
  readonly parentId: number;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  /** What of the tree is shown. */
  readonly root: ByteString;
  readonly place: ByteString;
  readonly type: string;
  readonly source: ByteString;
  /** The mount alone, whatever its tree says. */
  readonly isReadOnly: boolean;
  /** Options of the mount alone, each with a comma before it. */
  readonly flags: string;
  /** How it passes on mounts below it, each tag with a space after it. */
  readonly tags: string;
  readonly treeIsReadOnly: boolean;
  /** Options of the tree's type, each with a comma before it. */
  readonly treeOptions: string;
}

export interface LockFacts {
  readonly kind: 'POSIX' | 'FLOCK' | 'OFDLCK' | 'LEASE';
  readonly state: 'ADVISORY' | 'ACTIVE' | 'BREAKING';
  /** Of a lease that is being broken: what it must come down to. */
  readonly type: 'READ' | 'WRITE' | 'UNLCK';
  readonly pid: number;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly inode: number;
  readonly start: number;
  /** Infinity: to the end, however the file grows. */
  readonly end: number;
}

export interface TimerFacts {
  readonly id: number;
  readonly signal: number;
  readonly valueHex: string;
  readonly notify: string;
  readonly clock: number;
}

export interface SystemFacts {
  readonly uptimeNs: number;
  readonly idleNs: number;
  readonly bootTimeSeconds: number;
  readonly userNs: number;
  readonly niceNs: number;
  readonly systemNs: number;
  readonly switches: number;
  readonly pageFaults: number;
  readonly tasksCreated: number;
  readonly lastPid: number;
  readonly runnable: number;
  readonly threads: number;
  /** Over 1, 5 and 15 minutes. */
  readonly loads: readonly number[];
  readonly memoryBytes: number;
  readonly usedBytes: number;
  readonly fileBytes: number;
  readonly sharedBytes: number;
  /** What has been promised to programs, and what may be under strict accounting. */
  readonly committedBytes: number;
  readonly commitLimitBytes: number;
  readonly filesOpen: number;
  readonly terminals: number;
}

/** What the machine may use of its host, and does. */
export interface BoundFacts {
  readonly memoryMaxBytes: number;
  readonly memoryBytes: number;
  readonly memoryPeakBytes: number;
  readonly oomKills: number;
  readonly tasksMax: number;
  readonly tasks: number;
  readonly tasksPeak: number;
  readonly tasksRefused: number;
  /** Of one processor; Infinity: no limit. */
  readonly processorShare: number;
  readonly periods: number;
  readonly throttledPeriods: number;
  readonly throttledNs: number;
}

export interface ProcessorFacts {
  readonly vendor: string;
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
  readonly brand: string;
  readonly cacheKiB: number;
  readonly cacheLineBytes: number;
  readonly physicalBits: number;
  readonly virtualBits: number;
  readonly cpuidLevel: number;
  /** CPUID words that name features: 1:EDX, 1:ECX, 0x80000001:EDX, 0x80000001:ECX, 7:EBX, 0x80000007:EDX. */
  readonly featureWords: readonly number[];
}

/** A socket as /proc/net shows it. Addresses as text in the file's own form are made by the renderer. */
export interface SocketFacts {
  readonly family: 'inet' | 'inet6' | 'unix';
  /** Of datagrams: UDP-Lite's and ICMP's are kinds of their own. */
  readonly type: 'stream' | 'dgram' | 'lite' | 'ping' | 'seqpacket' | 'raw';
  /** TCP_ state number for stream and dgram of inet; SS_ state of unix sockets. */
  readonly state: number;
  /** 4 or 16 bytes; empty for unix. */
  readonly localAddress: readonly number[];
  readonly localPort: number;
  readonly remoteAddress: readonly number[];
  readonly remotePort: number;
  readonly sendQueueBytes: number;
  readonly receiveQueueBytes: number;
  readonly owner: number;
  readonly inode: number;
  readonly references: number;
  readonly listening: boolean;
  /** Bound name of a unix socket: `@` first for an abstract one. */
  readonly path: ByteString;
}

/** An end of netlink: a socket, or the kernel's (port 0). */
export interface NetlinkFacts {
  readonly protocol: number;
  readonly port: number;
  /** Bits of the groups it listens to. */
  readonly groups: number;
  readonly receiveQueueBytes: number;
  /** 1 while it is being told about all of something. */
  readonly dumps: number;
  readonly drops: number;
  readonly inode: number;
}

export interface InterfaceFacts {
  readonly name: string;
  readonly address4: readonly number[];
  readonly prefix4: number;
  /** Where packets for everyone else go, if through here. */
  readonly gateway4: readonly number[] | undefined;
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly sentBytes: number;
  readonly sentPackets: number;
}

/** What the network part of the machine tells; absent parts are empty tables. */
export interface NetCensus {
  sockets(): Iterable<SocketFacts>;
  netlink(): Iterable<NetlinkFacts>;
  interfaces(): Iterable<InterfaceFacts>;
}

/** Ownership and permission of a System V object. */
export interface IpcOwnerFacts {
  readonly key: number;
  readonly id: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly creatorUid: number;
  readonly creatorGid: number;
}

export interface SharedMemoryFacts extends IpcOwnerFacts {
  readonly sizeBytes: number;
  readonly creatorPid: number;
  readonly lastPid: number;
  readonly attached: number;
  readonly attachSeconds: number;
  readonly detachSeconds: number;
  readonly changeSeconds: number;
  readonly residentBytes: number;
}

export interface SemaphoreFacts extends IpcOwnerFacts {
  readonly count: number;
  readonly operationSeconds: number;
  readonly changeSeconds: number;
}

export interface MessageQueueFacts extends IpcOwnerFacts {
  readonly bytes: number;
  readonly messages: number;
  readonly lastSender: number;
  readonly lastReceiver: number;
  readonly sendSeconds: number;
  readonly receiveSeconds: number;
  readonly changeSeconds: number;
}

export interface IpcCensus {
  sharedMemory(): Iterable<SharedMemoryFacts>;
  semaphores(): Iterable<SemaphoreFacts>;
  messageQueues(): Iterable<MessageQueueFacts>;
}

/** The read-only census. */
export interface Census {
  /** Who makes the call that is being served; 0 when none is known. */
  caller(): { readonly pid: number; readonly tid: number };
  /** Whether a group is the caller's own or one of its others. */
  callerIsIn(group: number): boolean;
  /** Processes, ascending. */
  pids(): Iterable<number>;
  /** Threads of a process, ascending. */
  tids(pid: number): Iterable<number>;
  /** Whether the caller may look into the process. Source: ptrace(2), PTRACE_MODE_READ_FSCREDS. */
  mayInspect(subject: Subject): boolean;
  /** The process that a task belongs to; undefined when there is no such task. */
  processOf(tid: number): number | undefined;
  task(subject: Subject): TaskFacts | undefined;
  identity(subject: Subject): IdentityFacts | undefined;
  memory(subject: Subject): MemoryFacts | undefined;
  /** Sums over the regions; made only when asked for. */
  usage(subject: Subject): MemoryUsage;
  regions(subject: Subject): Iterable<RegionFacts>;
  /** Resident pages of a range: those that are, and those of them that were written privately. */
  residentPages(subject: Subject, start: number, end: number): { readonly pages: number; readonly written: number };
  limit(subject: Subject, resource: number): LimitFacts;
  transfers(subject: Subject): TransferFacts;
  descriptors(subject: Subject): Iterable<number>;
  descriptor(subject: Subject): DescriptorFacts | undefined;
  mounts(subject: Subject): Iterable<MountFacts>;
  timers(subject: Subject): Iterable<TimerFacts>;
  /** Bytes of the auxiliary vector. */
  auxiliaryVector(subject: Subject): Uint8Array;
  locks(): Iterable<LockFacts>;
  system(): SystemFacts;
  bounds(): BoundFacts;
  processor(): ProcessorFacts;
  readonly net: NetCensus;
  readonly ipc: IpcCensus;
}

/** What may be read of and done to a task by the one who holds its file. */
export interface TaskAccess {
  readMemory(subject: Subject, address: number, into: Uint8Array): number;
  writeMemory(subject: Subject, address: number, from: Uint8Array): number;
  /** Values that programs set by writing files; see `TaskSetting`. */
  get(subject: Subject, setting: TaskSetting): number;
  /** 0 or −errno. */
  set(subject: Subject, setting: TaskSetting, value: number): number;
  rename(subject: Subject, name: ByteString): number;
}

export type TaskSetting = 'oom_score_adj' | 'timerslack_ns' | 'coredump_filter' | 'loginuid' | 'personality';

/** The machine's tunables by their path below /proc/sys: linuxabi/abi/sysctl.ts declares them. */
export interface Settings {
  read(name: string): string | undefined;
  /** 0 or −errno. */
  write(name: string, text: ByteString): number;
}

/** Work and memory are paid for here; a call that overspends ends with an error. */
export interface Meter {
  spend(units: number): void;
  charge(bytes: number): void;
}

export interface ProcCapabilities {
  readonly census: Census;
  readonly tasks: TaskAccess;
  readonly settings: Settings;
  readonly meter: Meter;
  /** uname's release and version, and the command line k42 was started with. */
  readonly release: string;
  readonly version: string;
  /** Bytes from the machine's random source. */
  random(length: number): Uint8Array;
}
