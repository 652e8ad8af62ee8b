/**
 * execve: from a path to a running program. Everything that can fail with an error happens before the point of no return
 * (linuxabi/exec resolves the file, scripts and interpreters); from there on the old program is given up.
 * Source: execve(2); fs/exec.c, bprm_execve, begin_new_exec, setup_new_exec.
 */
import { Gpr } from '../../cpu/state-layout.ts';
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import { HWCAP2_FSGSBASE } from '../abi/elf.ts';
import { CAP_SYS_PTRACE } from '../abi/capability.ts';
import { EACCES, ELOOP, ETXTBSY } from '../abi/errno.ts';
import { AT_FDCWD } from '../abi/fcntl.ts';
import { SIGKILL, SIGSEGV } from '../abi/signal.ts';
import { MS_NOEXEC, MS_NOSUID } from '../abi/mount.ts';
import { RLIMIT_AS, RLIMIT_STACK } from '../abi/resource.ts';
import { Restart, block } from '../blocking.ts';
import type { ExecutableFile, ResolvedProgram } from '../exec/resolve-program.ts';
import { nodeAt, pathOf } from '../fs/mount.ts';
import type { Location } from '../fs/mount.ts';
import { Last } from '../fs/path-walk.ts';
import { isWritten } from '../fs/text-busy.ts';
import { May, checkAccess } from '../fs/permission.ts';
import { locate } from '../fs/walker.ts';
import { forget } from '../ptrace/attach.ts';
import { executed } from '../ptrace/events.ts';
import { largestFrameBytes } from '../signal/frame.ts';
import { afterExec, capable } from './credentials.ts';
import { endOtherThreads, exitGroup, releaseMemoryWords } from './exit.ts';
import { MemoryImage } from './memory-image.ts';
import type { LinuxThread } from './thread.ts';

const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_IXGRP = 0o010;
/** Bytes of a thread's name. Source: include/linux/sched.h, TASK_COMM_LEN. */
export const COMM_LENGTH = 15;

export interface ExecRequest {
  readonly dirfd: number;
  readonly path: ByteString;
  readonly argv: readonly ByteString[];
  readonly envp: readonly ByteString[];
  /** AT_SYMLINK_NOFOLLOW of execveat. */
  readonly last: Last;
  /** execveat with AT_EMPTY_PATH: the file itself. */
  readonly location?: Location;
}

/** Ends with the thread in the new program (NO_RESULT), parked, or −errno. */
export function execute(thread: LinuxThread, request: ExecRequest): number {
  const { machine, process } = thread;
  const location = request.location ?? locate(thread, request.dirfd, request.path, request.last);
  if (typeof location === 'number') return location;
  const file = executableAt(thread, location);
  if (typeof file === 'number') return file;
  const fileName = execFileName(request);
  return block(thread, {
    attempt: () => {
      const program = machine.loader.resolve({
        file,
        fileName,
        argv: request.argv,
        envp: request.envp,
        stackLimitBytes: process.limits.soft(RLIMIT_STACK),
        openExecutable: (path) => openExecutable(thread, path),
      });
      if (typeof program === 'number') return program;
      const formerTid = thread.tid;
      enterProgram(thread, program);
      return executed(thread, formerTid);
    },
    queues: [machine.loader.ready],
    restart: Restart.Killable,
  });
}

/** execveat names the file by its descriptor. Source: fs/exec.c, alloc_bprm. */
function execFileName({ dirfd, path, location }: ExecRequest): ByteString {
  if (location !== undefined) return `/dev/fd/${dirfd}`;
  return dirfd === AT_FDCWD || path.startsWith('/') ? path : `/dev/fd/${dirfd}/${path}`;
}

function openExecutable(thread: LinuxThread, path: ByteString): ExecutableFile | number {
  const location = locate(thread, AT_FDCWD, path, Last.Follow);
  return typeof location === 'number' ? location : executableAt(thread, location);
}

function executableAt(thread: LinuxThread, location: Location): ExecutableFile | number {
  const node = nodeAt(location);
  if (node.kind === NodeKind.SymbolicLink) return -ELOOP;
  if (node.kind !== NodeKind.File || location.mount.has(MS_NOEXEC)) return -EACCES;
  const denied = checkAccess(node, thread.process.credentials, May.Execute);
  if (denied < 0) return denied;
  if (isWritten(thread.machine, node)) return -ETXTBSY;
  const privilege = location.mount.has(MS_NOSUID) ? 'withheld' : 'given';
  return { node, path: pathOf(location, thread.process.fs.root) ?? '', privilege };
}

/** The point of no return. */
function enterProgram(thread: LinuxThread, program: ResolvedProgram): void {
  const { process, machine } = thread;
  const { processor } = machine.engine;
  endOtherThreads(thread);
  becomeLeader(thread);
  releaseMemoryWords(thread);
  const changed = changeIdentity(thread, program);
  const { credentials } = process;
  const random = new Uint8Array(16);
  machine.random(random);
  const loaded = machine.loader.load({
    program,
    memory: machine.createMemory(),
    stackLimitBytes: process.limits.soft(RLIMIT_STACK),
    addressLimitBytes: process.limits.soft(RLIMIT_AS),
    uid: credentials.uid,
    euid: credentials.euid,
    gid: credentials.gid,
    egid: credentials.egid,
    secure: changed,
    hardwareCapabilities: processor.cpuid(1, 0)[3],
    moreHardwareCapabilities: processor.hasFsGsBase ? HWCAP2_FSGSBASE : 0,
    signalFrameBytes: largestFrameBytes(processor),
    random,
  });
  if (loaded === undefined) {
    exitGroup(process, process.limits.soft(RLIMIT_STACK) < 0x20000 ? SIGKILL : SIGSEGV);
    return;
  }
  thread.cpu.dispose();
  thread.cpu = machine.engine.createCpu(loaded.space.memory);
  thread.chargePageFaults();
  const oldImage = process.image;
  process.image = new MemoryImage(machine, loaded.space);
  oldImage?.release();
  giveUpOldProgram(thread);
  machine.taskEvents.executed(thread);
  thread.cpu.state.rip = loaded.entry;
  thread.cpu.state.setNumber(Gpr.rsp, loaded.stack.stackPointer);
  process.argumentsPlace = loaded.stack;
  process.executable = program.main.path;
  process.executableFile = program.main;
  process.argv = program.argv;
  process.environment = program.envp;
  thread.name = programName(program.fileName);
  machine.trace.programLoaded(process.pid, loaded.entry);
}

function programName(fileName: ByteString): ByteString {
  return fileName.slice(fileName.lastIndexOf('/') + 1).slice(0, COMM_LENGTH);
}

/** A thread that execs takes over the number of its process. */
function becomeLeader(thread: LinuxThread): void {
  const { process, machine } = thread;
  if (thread.isLeader) return;
  const { leader } = process;
  if (leader?.tracee !== undefined) forget(leader.tracee);
  process.threads.delete(thread.tid);
  machine.tasks.threads.delete(thread.tid);
  thread.tid = process.pid;
  process.threads.set(thread.tid, thread);
  machine.tasks.threads.set(thread.tid, thread);
}

/** Handlers, descriptors marked so, and what belonged to the old image. */
function giveUpOldProgram(thread: LinuxThread): void {
  const { process } = thread;
  process.borrowsMemory = false;
  process.memoryReleased.wake();
  if (process.files.isShared) {
    const own = process.files.fork();
    process.files.release();
    process.files = own;
  }
  process.files.closeOnExec();
  process.signals.actions = process.signals.actions.afterExec();
  process.posixTimers.dispose();
  process.hasExecuted = true;
  process.barrierRegistrations = 0;
  process.dumpable = 1;
  thread.signals.alternateStack = undefined;
  thread.rseq = undefined;
  thread.restartBlock = undefined;
}

/** Whoever traces a program must not gain what the program would. */
function isTracedByLesser({ tracee }: LinuxThread): boolean {
  return tracee !== undefined && !capable(tracee.tracer.credentials, CAP_SYS_PTRACE);
}

/** Set-user-ID and set-group-ID bits. 1 when they changed who runs. Source: fs/exec.c, bprm_fill_uid. */
function changeIdentity(thread: LinuxThread, program: ResolvedProgram): 0 | 1 {
  const { process } = thread;
  const before = process.credentials;
  let { euid, egid } = before;
  const { permissions, owner, group } = program.main.node.attributes();
  if (program.main.privilege === 'given' && !thread.noNewPrivileges && !isTracedByLesser(thread)) {
    if ((permissions & S_ISUID) !== 0) euid = owner;
    if ((permissions & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP)) egid = group;
  }
  const next = afterExec(before, euid, egid);
  process.credentials = next;
  const changed = next.euid !== next.uid || next.egid !== next.gid;
  if (changed || !next.permitted.isWithin(before.permitted)) thread.parentDeathSignal = 0;
  return changed ? 1 : 0;
}
