/** The object behind signalfd: reading it takes pending signals of the reader. Source: signalfd(2); fs/signalfd.c. */
import { POLLIN } from '../abi/poll.ts';
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import type { WaitQueue } from '../../kernel/wait-queue.ts';
import { EAGAIN, EFAULT, EINVAL } from '../abi/errno.ts';
import { O_NONBLOCK } from '../abi/fcntl.ts';
import { SI_KERNEL, SI_TIMER, SI_USER, SIGCHLD, siginfo_t, signalfd_siginfo } from '../abi/signal.ts';
import { block, Restart, WAIT } from '../blocking.ts';
import type { Description } from '../fs/description.ts';
import type { LinuxFile } from '../fs/linux-file.ts';
import { scatter, totalLength } from '../fs/transfer.ts';
import type { Segment } from '../fs/transfer.ts';
import type { LinuxThread } from '../process/thread.ts';
import { encodeSignalInfo, isFault, type SignalInfo } from './siginfo.ts';
import type { SignalSet } from './signal-set.ts';

export class SignalFile extends UnseekableFile implements LinuxFile {
  mask: SignalSet;
  /** Made it: readiness is about the signals of its process. */
  readonly #maker: LinuxThread;

  constructor(maker: LinuxThread, mask: SignalSet) {
    super();
    this.#maker = maker;
    this.mask = mask;
  }

  get waitQueue(): WaitQueue {
    return this.#maker.process.signalQueue;
  }

  transferIn(thread: LinuxThread, description: Description, segments: readonly Segment[]): number {
    const room = Math.floor(totalLength(segments) / signalfd_siginfo.size);
    if (room === 0) return -EINVAL;
    const attempt = (): number => {
      const count = this.#take(thread, segments, room);
      return count === -EAGAIN && (description.flags & O_NONBLOCK) === 0 ? WAIT : count;
    };
    return block(thread, { attempt, queues: [thread.process.signalQueue], restart: Restart.Sys });
  }

  /** Bytes stored, of as many signals as there are and fit. */
  #take(thread: LinuxThread, segments: readonly Segment[], room: number): number {
    for (let count = 0; count < room; count++) {
      const done = count * signalfd_siginfo.size;
      const info = thread.signals.pending.take(this.mask) ?? thread.process.signals.pending.take(this.mask);
      if (info === undefined) return count === 0 ? -EAGAIN : done;
      const image = imageOf(info);
      if (scatter(thread, segments, done, image) < image.length) return count === 0 ? -EFAULT : done;
    }
    return room * signalfd_siginfo.size;
  }

  /** Source: fs/signalfd.c, signalfd_poll: without the bit of normal data. */
  pollBits(): number {
    return this.readiness() === 0 ? 0 : POLLIN;
  }

  readiness(): number {
    const { signals, process } = this.#maker;
    const { mask } = this;
    const has = ({ low, high }: SignalSet): boolean => ((low & mask.low) | (high & mask.high)) !== 0;
    return has(signals.pending.set) || has(process.signals.pending.set) ? Ready.Readable : 0;
  }

  describe(): readonly string[] {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
    return [`sigmask:\t${hex(this.mask.high)}${hex(this.mask.low)}\n`];
  }

  /** There is no place to seek to, and seeking succeeds. Source: noop_llseek. */
  override seek(): number {
    return 0;
  }

  read(): number {
    return Status.NotSupported;
  }

  write(): number {
    return Status.Invalid;
  }
}

/** struct signalfd_siginfo. Which members count follows from the code. Source: fs/signalfd.c, signalfd_copyinfo. */
function imageOf(info: SignalInfo): Uint8Array {
  const from = new DataView(encodeSignalInfo(info).buffer);
  const image = new Uint8Array(signalfd_siginfo.size);
  const to = new DataView(image.buffer);
  const put = (member: keyof typeof signalfd_siginfo, at: number): void =>
    to.setUint32(signalfd_siginfo[member], from.getUint32(at, true), true);
  put('ssi_signo', siginfo_t.si_signo);
  put('ssi_errno', siginfo_t.si_errno);
  put('ssi_code', siginfo_t.si_code);
  if (isFault(info)) {
    to.setBigUint64(signalfd_siginfo.ssi_addr, from.getBigUint64(siginfo_t.si_addr, true), true);
    return image;
  }
  const isTimer = info.code === SI_TIMER;
  put(isTimer ? 'ssi_tid' : 'ssi_pid', isTimer ? siginfo_t.si_timerid : siginfo_t.si_pid);
  put(isTimer ? 'ssi_overrun' : 'ssi_uid', isTimer ? siginfo_t.si_overrun : siginfo_t.si_uid);
  if (info.signal === SIGCHLD && info.code > 0) {
    put('ssi_status', siginfo_t.si_status);
    to.setBigUint64(signalfd_siginfo.ssi_utime, from.getBigUint64(siginfo_t.si_utime, true), true);
    to.setBigUint64(signalfd_siginfo.ssi_stime, from.getBigUint64(siginfo_t.si_stime, true), true);
  } else if (info.code !== SI_USER && info.code !== SI_KERNEL) {
    put('ssi_int', siginfo_t.si_value);
    to.setBigUint64(signalfd_siginfo.ssi_ptr, from.getBigUint64(siginfo_t.si_value, true), true);
  }
  return image;
}
