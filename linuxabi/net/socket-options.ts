/** Options of the socket level that only have to be remembered, and the few that sockets ask for by name. Source: socket(7); net/core/sock.c. */
import { EDOM, EINVAL, ENOENT, ENOPROTOOPT, EOPNOTSUPP, EPERM } from '../abi/errno.ts';
import { CAP_NET_ADMIN, CAP_NET_RAW } from '../abi/capability.ts';
import * as so from '../abi/socket.ts';
import { capable } from '../process/credentials.ts';
import type { Credentials } from '../process/credentials.ts';
import { constantOptions, isInternet, optionRules, timestampOptions } from './option-rules.ts';
import type { OptionRule } from './option-rules.ts';
import type { SocketKind } from './socket.ts';

/** Of a machine. */
export interface Tunables {
  setting(name: string, index?: number): number;
}

const SEND_BUFFER_MIN = 4608;
const RECEIVE_BUFFER_MIN = 2304;
/** Half of the largest int. */
const LARGEST_BUFFER = 0x3fffffff;
const INT_SIZE = 4;
const TIMEVAL_SIZE = 16;
const US_PER_SECOND = 1_000_000;
const NS_PER_US = 1000;
const NS_PER_SECOND = 1e9;

/** Source: net/core/sock.c, sk_setsockopt: CAP_NET_ADMIN. */
const forcedOptions: readonly number[] = [so.SO_SNDBUFFORCE, so.SO_RCVBUFFORCE];
const HIGHEST_UNPRIVILEGED_PRIORITY = 6;

/** Set by nobody here: no filter programs of BPF, no schedule of packets, no memory set aside. */
const refusals: ReadonlyMap<number, number> = new Map([
  [so.SO_GET_FILTER, -EINVAL],
  [so.SO_DETACH_FILTER, -ENOENT],
  [so.SO_ATTACH_BPF, -EINVAL],
  [so.SO_ATTACH_REUSEPORT_CBPF, -EINVAL],
  [so.SO_ATTACH_REUSEPORT_EBPF, -EINVAL],
  [so.SO_DETACH_REUSEPORT_BPF, -EINVAL],
  [so.SO_TXTIME, -EINVAL],
  [so.SO_RESERVE_MEM, -EOPNOTSUPP],
]);

export class SocketOptions {
  readonly #values = new Map<number, number>();
  readonly #tunables: Tunables;
  sendBufferBytes: number;
  receiveBufferBytes: number;
  receiveLowWater = 1;
  /** Infinity: wait for ever. */
  receiveTimeoutNs = Infinity;
  sendTimeoutNs = Infinity;
  /** Seconds of SO_LINGER; undefined when off. */
  lingerSeconds: number | undefined;
  /** Seconds last given, shown also when off. */
  #lingerGiven = 0;

  constructor(tunables: Tunables) {
    this.#tunables = tunables;
    this.sendBufferBytes = tunables.setting('net/core/wmem_default');
    this.receiveBufferBytes = tunables.setting('net/core/rmem_default');
  }

  has(option: number): boolean {
    return this.#values.get(option) === 1;
  }

  #valueOf(option: number): number {
    return this.#values.get(option) ?? optionRules.get(option)?.initial ?? 0;
  }

  /** As a connection inherits from its listener. */
  copy(): SocketOptions {
    const copy = new SocketOptions(this.#tunables);
    for (const [option, value] of this.#values) copy.#values.set(option, value);
    copy.sendBufferBytes = this.sendBufferBytes;
    copy.receiveBufferBytes = this.receiveBufferBytes;
    copy.receiveLowWater = this.receiveLowWater;
    copy.receiveTimeoutNs = this.receiveTimeoutNs;
    copy.sendTimeoutNs = this.sendTimeoutNs;
    copy.lingerSeconds = this.lingerSeconds;
    copy.#lingerGiven = this.#lingerGiven;
    return copy;
  }

  /** The option's bytes, or −ENOPROTOOPT when it is none of these. */
  get(option: number, kind: SocketKind): Uint8Array | number {
    const constant = constantOptions.get(option);
    if (constant !== undefined) return intBytes(...constant);
    const rule = optionRules.get(option);
    if (rule !== undefined) {
      // Who can't have it may still ask for it. Source: net/core/sock.c, SO_ZEROCOPY.
      if (!rule.has(kind)) return option === so.SO_ZEROCOPY ? intBytes(0) : -EOPNOTSUPP;
      const value = this.#valueOf(option);
      return option === so.SO_TIMESTAMPING || option === so.SO_TIMESTAMPING_NEW ? intBytes(value, 0) : intBytes(value);
    }
    switch (option) {
      case so.SO_SNDBUF:
        return intBytes(this.sendBufferBytes);
      case so.SO_RCVBUF:
        return intBytes(this.receiveBufferBytes);
      case so.SO_RCVLOWAT:
        return intBytes(this.receiveLowWater);
      case so.SO_RCVTIMEO:
      case so.SO_RCVTIMEO_NEW:
        return timevalBytes(this.receiveTimeoutNs);
      case so.SO_SNDTIMEO:
      case so.SO_SNDTIMEO_NEW:
        return timevalBytes(this.sendTimeoutNs);
      case so.SO_LINGER:
        return intBytes(this.lingerSeconds === undefined ? 0 : 1, this.#lingerGiven);
      case so.SO_PRIORITY:
        return intBytes(this.#valueOf(option));
      case so.SO_MAX_PACING_RATE:
        return longBytes(this.#values.get(option) ?? -1);
      default:
        return -ENOPROTOOPT;
    }
  }

  set(option: number, bytes: Uint8Array, kind: SocketKind, credentials: Credentials): number {
    if (bytes.length < INT_SIZE) return -EINVAL;
    const value = intAt(bytes, 0);
    const rule = optionRules.get(option);
    if (rule !== undefined) return this.#setByRule(option, value, rule, kind, credentials);
    if (forcedOptions.includes(option) && !capable(credentials, CAP_NET_ADMIN)) return -EPERM;
    switch (option) {
      case so.SO_SNDBUF:
        this.sendBufferBytes = bufferSize(this.#atMost(value, 'net/core/wmem_max'), SEND_BUFFER_MIN);
        return 0;
      case so.SO_SNDBUFFORCE:
        this.sendBufferBytes = bufferSize(value, SEND_BUFFER_MIN);
        return 0;
      case so.SO_RCVBUF:
        this.receiveBufferBytes = bufferSize(this.#atMost(value, 'net/core/rmem_max'), RECEIVE_BUFFER_MIN);
        return 0;
      case so.SO_RCVBUFFORCE:
        this.receiveBufferBytes = bufferSize(value, RECEIVE_BUFFER_MIN);
        return 0;
      case so.SO_RCVLOWAT:
        this.receiveLowWater = value < 0 ? 0x7fffffff : Math.max(1, value);
        return 0;
      case so.SO_RCVTIMEO:
      case so.SO_SNDTIMEO:
      case so.SO_RCVTIMEO_NEW:
      case so.SO_SNDTIMEO_NEW:
        return this.#setTimeout(option, bytes);
      case so.SO_LINGER:
        return this.#setLinger(bytes);
      case so.SO_PRIORITY:
        if ((value < 0 || value > HIGHEST_UNPRIVILEGED_PRIORITY) && !mayShape(credentials)) return -EPERM;
        this.#values.set(option, value);
        return 0;
      case so.SO_MAX_PACING_RATE:
        this.#values.set(option, value);
        return 0;
      case so.SO_CNX_ADVICE:
        return value === 1 ? 0 : -EINVAL;
      case so.SO_BSDCOMPAT:
      case so.SO_BUSY_POLL_BUDGET:
        return 0;
      default:
        return refusals.get(option) ?? -ENOPROTOOPT;
    }
  }

  #setByRule(option: number, value: number, rule: OptionRule, kind: SocketKind, credentials: Credentials): number {
    if (!rule.has(kind)) return -EOPNOTSUPP;
    const { capabilities, form } = rule;
    if (capabilities.length > 0 && !capabilities.some((each) => capable(credentials, each))) return -EPERM;
    if (!rule.accepts(value) || (form === 'bit' && value !== 0 && value !== 1)) return -EINVAL;
    // Only internet sockets have a port to share. Source: net/core/sock.c, SO_REUSEPORT.
    if (option === so.SO_REUSEPORT && value !== 0 && !isInternet(kind)) return -EOPNOTSUPP;
    if (option === so.SO_LOCK_FILTER && value === 0 && this.has(option)) return -EPERM;
    if (timestampOptions.includes(option)) for (const other of timestampOptions) this.#values.delete(other);
    this.#values.set(option, form === 'flag' && value !== 0 ? 1 : value);
    return 0;
  }

  /** A size given as an int may be above what ints hold, as a plain setsockopt has it; a forced one may not. Source: net/core/sock.c, SO_SNDBUF. */
  #atMost(value: number, tunable: string): number {
    return Math.min(value >>> 0, this.#tunables.setting(tunable));
  }

  /** Source: net/core/sock.c, sock_set_timeout. */
  #setTimeout(option: number, bytes: Uint8Array): number {
    if (bytes.length < TIMEVAL_SIZE) return -EINVAL;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const seconds = Number(view.getBigInt64(0, true));
    const microseconds = Number(view.getBigInt64(8, true));
    if (microseconds < 0 || microseconds >= US_PER_SECOND) return -EDOM;
    let timeoutNs = seconds * NS_PER_SECOND + microseconds * NS_PER_US;
    if (seconds < 0) timeoutNs = 0;
    else if (timeoutNs === 0 || seconds > Number.MAX_SAFE_INTEGER / NS_PER_SECOND) timeoutNs = Infinity;
    if (option === so.SO_RCVTIMEO || option === so.SO_RCVTIMEO_NEW) this.receiveTimeoutNs = timeoutNs;
    else this.sendTimeoutNs = timeoutNs;
    return 0;
  }

  #setLinger(bytes: Uint8Array): number {
    if (bytes.length < so.linger.size) return -EINVAL;
    const seconds = intAt(bytes, so.linger.l_linger);
    if (intAt(bytes, so.linger.l_onoff) === 0) {
      this.lingerSeconds = undefined;
      return 0;
    }
    this.lingerSeconds = seconds >>> 0;
    this.#lingerGiven = seconds;
    return 0;
  }
}

/** Source: net/core/sock.c, SO_PRIORITY. */
function mayShape(credentials: Credentials): boolean {
  return capable(credentials, CAP_NET_RAW) || capable(credentials, CAP_NET_ADMIN);
}

function bufferSize(wanted: number, least: number): number {
  // The kernel doubles what is asked for, to have room for its bookkeeping. Source: socket(7), SO_RCVBUF.
  return Math.max(2 * Math.min(Math.max(0, wanted), LARGEST_BUFFER), least);
}

export function intBytes(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

function longBytes(value: number): Uint8Array {
  return new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
}

/** A little-endian int in option or address bytes. */
export function intAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(offset, true);
}

function timevalBytes(timeoutNs: number): Uint8Array {
  const ns = timeoutNs === Infinity ? 0 : timeoutNs;
  const seconds = Math.floor(ns / NS_PER_SECOND);
  return new Uint8Array(
    BigInt64Array.of(BigInt(seconds), BigInt(Math.floor((ns - seconds * NS_PER_SECOND) / NS_PER_US))).buffer,
  );
}
