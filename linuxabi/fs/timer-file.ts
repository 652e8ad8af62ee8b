/** The object behind timerfd: counts expirations. Source: timerfd_create(2). */
import { guestAddress } from '../../cpu/address.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import { EINVAL, ENOTTY } from '../abi/errno.ts';
import { POLLIN, TFD_IOC_SET_TICKS } from '../abi/poll.ts';
import { NS_PER_SECOND } from '../abi/time.ts';
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { LinuxFile } from './linux-file.ts';

const SIZE = 8;

/** Monotonic time and a way to be called at some of it. */
export interface TimerServices {
  nowNs(): number;
  /** Calls back at a monotonic time; the answer cancels. */
  at(deadlineNs: number, callback: () => void): () => void;
}

export interface TimerSetting {
  /** Until the next expiration; 0 when disarmed. */
  readonly remainingNs: number;
  readonly intervalNs: number;
}

export class TimerFile extends UnseekableFile implements LinuxFile {
  readonly waitQueue = new WaitQueue();
  readonly clock: number;
  /** TFD_TIMER_* of the last timerfd_settime. */
  settingFlags = 0;
  readonly #services: TimerServices;
  #expirations = 0;
  #intervalNs = 0;
  #nextNs = Infinity;
  #cancel: (() => void) | undefined;

  constructor(clock: number, services: TimerServices) {
    super();
    this.clock = clock;
    this.#services = services;
  }

  get setting(): TimerSetting {
    this.#catchUp();
    const remainingNs = this.#nextNs === Infinity ? 0 : Math.max(1, this.#nextNs - this.#services.nowNs());
    return { remainingNs, intervalNs: this.#intervalNs };
  }

  /** Arms for a monotonic time; Infinity disarms. Expirations not yet read are forgotten. */
  set(firstNs: number, intervalNs: number): void {
    this.#expirations = 0;
    this.#intervalNs = intervalNs;
    this.#arm(firstNs);
  }

  read(into: Uint8Array): number {
    if (into.length < SIZE) return Status.Invalid;
    this.#catchUp();
    if (this.#expirations === 0) return Status.WouldBlock;
    new DataView(into.buffer, into.byteOffset).setBigUint64(0, BigInt(this.#expirations), true);
    this.#expirations = 0;
    return SIZE;
  }

  ioctl(thread: LinuxThread, request: number, argument: GuestAddress): number {
    if (request >>> 0 !== TFD_IOC_SET_TICKS) return -ENOTTY;
    const { memory } = thread;
    const ticks = memory.readU32(argument) + memory.readU32(guestAddress(argument + 4)) * 2 ** 32;
    if (ticks === 0) return -EINVAL;
    this.#expirations = ticks;
    this.waitQueue.wake();
    return 0;
  }

  /** Source: fs/timerfd.c, timerfd_show. */
  describe(): readonly string[] {
    const { remainingNs, intervalNs } = this.setting;
    const time = (ns: number): string => `(${Math.floor(ns / NS_PER_SECOND)}, ${ns % NS_PER_SECOND})`;
    return [
      `clockid: ${this.clock}\nticks: ${this.#expirations}\nsettime flags: 0${this.settingFlags.toString(8)}\n`,
      `it_value: ${time(remainingNs)}\nit_interval: ${time(intervalNs)}\n`,
    ];
  }

  write(): number {
    return Status.Invalid;
  }

  /** There is no place to seek to, and seeking succeeds. Source: noop_llseek. */
  override seek(): number {
    return 0;
  }

  /** Source: fs/timerfd.c, timerfd_poll: without the bit of normal data. */
  pollBits(): number {
    return this.readiness() === 0 ? 0 : POLLIN;
  }

  readiness(): number {
    this.#catchUp();
    return this.#expirations > 0 ? Ready.Readable : 0;
  }

  override release(): void {
    this.#cancel?.();
  }

  #arm(atNs: number): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#nextNs = atNs;
    if (atNs === Infinity) return;
    this.#cancel = this.#services.at(atNs, () => {
      this.#catchUp();
      this.waitQueue.wake();
    });
  }

  /** Counts what has expired since, however late the host is. */
  #catchUp(): void {
    const nowNs = this.#services.nowNs();
    if (this.#nextNs > nowNs) return;
    if (this.#intervalNs === 0) {
      this.#expirations++;
      this.#arm(Infinity);
      return;
    }
    const passed = Math.floor((nowNs - this.#nextNs) / this.#intervalNs) + 1;
    this.#expirations += passed;
    this.#arm(this.#nextNs + passed * this.#intervalNs);
  }
}
