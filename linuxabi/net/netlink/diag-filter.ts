/**
 * The little programs by which askers of sock_diag choose internet sockets: operations that look at one socket and jump on,
 * by `yes` bytes when they hold, by `no` bytes when not. Source: net/ipv4/inet_diag.c, inet_diag_bc_audit, inet_diag_bc_run.
 */
import { bytesFromString } from '../../../kernel/byte-string.ts';
import { inet_diag_bc_op, inet_diag_hostcond, InetDiagOperation as Op } from '../../abi/sock-diag.ts';
import { AF_INET, AF_INET6, AF_UNSPEC } from '../../abi/socket.ts';
import type { IpAddress } from '../inet/address.ts';
import { viewOf } from './netlink-message.ts';

export interface FilteredEnd {
  /** 4 or 16 bytes, as the socket's family has it. */
  readonly address: readonly number[];
  readonly port: number;
}

export interface FilteredSocket {
  readonly family: number;
  readonly source: FilteredEnd;
  readonly destination: FilteredEnd;
  readonly chosePort: boolean;
  readonly mark: number;
}

const HOST_CONDITIONS: readonly number[] = [Op.S_COND, Op.D_COND];
const PORT_COMPARISONS: readonly number[] = [Op.S_GE, Op.S_LE, Op.D_GE, Op.D_LE, Op.S_EQ, Op.D_EQ];
const HIGHEST: number = Op.D_EQ;
/** Prefix of the addresses that stand for IPv4 ones. */
const MAPPED: IpAddress = `${'\0'.repeat(10)}\xff\xff`;

/** Whether it is a program: every operation whole, every jump forwards to an operation or to the end. */
export function isFilter(program: Uint8Array, who: 'all' | 'unprivileged'): boolean {
  const view = viewOf(program);
  const starts = startsOf(program);
  if (starts === undefined) return false;
  for (const at of starts) {
    const code = program[at]!;
    const no = view.getUint16(at + inet_diag_bc_op.no, true);
    const left = program.length - at;
    const least = leastLength(program, at);
    if (code > HIGHEST || least > left || program[at + inet_diag_bc_op.yes]! < least) return false;
    if (code === Op.MARK_COND && who !== 'all') return false;
    if (code === Op.NOP) continue;
    if (no < inet_diag_bc_op.size || no > left + inet_diag_bc_op.size || no % 4 !== 0) return false;
    if (no < left && !starts.has(at + no)) return false;
  }
  return true;
}

/** Where operations are, along `yes`; undefined when that leads nowhere. */
function startsOf(program: Uint8Array): Set<number> | undefined {
  const starts = new Set<number>();
  let at = 0;
  while (at < program.length) {
    const yes = program[at + inet_diag_bc_op.yes] ?? 0;
    if (program.length - at < inet_diag_bc_op.size || yes < inet_diag_bc_op.size || yes % 4 !== 0) return undefined;
    starts.add(at);
    at += yes;
  }
  return at === program.length ? starts : undefined;
}

function leastLength(program: Uint8Array, at: number): number {
  const code = program[at]!;
  const { size } = inet_diag_bc_op;
  if (PORT_COMPARISONS.includes(code)) return 2 * size;
  if (code === Op.DEV_COND) return size + 4;
  if (code === Op.MARK_COND) return size + 8;
  if (!HOST_CONDITIONS.includes(code)) return size;
  const condition = at + size;
  const prefix = program[condition + inet_diag_hostcond.prefix_len] ?? 0;
  const family = program[condition + inet_diag_hostcond.family] ?? 0;
  const longest = family === AF_INET ? 32 : family === AF_INET6 ? 128 : 0;
  return prefix > longest ? Infinity : size + inet_diag_hostcond.size + (longest >> 3);
}

/** Of a program that `isFilter`. */
export function passes(program: Uint8Array, socket: FilteredSocket): boolean {
  const view = viewOf(program);
  let at = 0;
  while (at < program.length) {
    const holds = operationHolds(program, at, socket);
    at += holds ? program[at + inet_diag_bc_op.yes]! : view.getUint16(at + inet_diag_bc_op.no, true);
  }
  return at === program.length;
}

function operationHolds(program: Uint8Array, at: number, socket: FilteredSocket): boolean {
  const view = viewOf(program);
  const operand = at + inet_diag_bc_op.size;
  const wanted = (): number => view.getUint16(operand + inet_diag_bc_op.no, true);
  const { source, destination } = socket;
  switch (program[at]) {
    case Op.JMP:
      return false;
    case Op.S_EQ:
      return source.port === wanted();
    case Op.S_GE:
      return source.port >= wanted();
    case Op.S_LE:
      return source.port <= wanted();
    case Op.D_EQ:
      return destination.port === wanted();
    case Op.D_GE:
      return destination.port >= wanted();
    case Op.D_LE:
      return destination.port <= wanted();
    case Op.AUTO:
      return !socket.chosePort;
    case Op.S_COND:
      return isHost(program.subarray(operand), source, socket.family);
    case Op.D_COND:
      return isHost(program.subarray(operand), destination, socket.family);
    case Op.DEV_COND:
      // No socket is bound to an interface.
      return view.getUint32(operand, true) === 0;
    case Op.MARK_COND:
      return (socket.mark & view.getInt32(operand + 4, true)) === view.getInt32(operand, true);
    default:
      return true;
  }
}

/** `condition`: struct inet_diag_hostcond. */
function isHost(condition: Uint8Array, { address, port }: FilteredEnd, family: number): boolean {
  const wantedPort = viewOf(condition).getInt32(inet_diag_hostcond.port, true);
  if (wantedPort !== -1 && wantedPort !== port) return false;
  const wantedFamily = condition[inet_diag_hostcond.family]!;
  const prefix = condition[inet_diag_hostcond.prefix_len]!;
  const wanted = condition.subarray(inet_diag_hostcond.addr);
  if (wantedFamily === AF_UNSPEC || wantedFamily === family) return hasPrefix(address, wanted, prefix);
  if (family !== AF_INET6 || wantedFamily !== AF_INET) return false;
  return hasPrefix(address, bytesFromString(MAPPED), 96) && hasPrefix(address.slice(12), wanted, prefix);
}

function hasPrefix(address: readonly number[], wanted: Uint8Array, bits: number): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = 0xff & ~(0xff >> Math.min(8, bits - bit));
    if (((address[bit >> 3]! ^ wanted[bit >> 3]!) & mask) !== 0) return false;
  }
  return true;
}
