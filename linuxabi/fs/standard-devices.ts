/** The memory devices: null, zero, full, random, urandom. Source: null(4), full(4), random(4). */
import {
  fullRule,
  nullRule,
  randomRule,
  RuleDevice,
  zeroRule,
  type ByteRule,
} from '../../kernel/files/memory-devices.ts';
import type { DeviceTable } from './device-table.ts';

const MEMORY_MAJOR = 1;

export function registerStandardDevices(devices: DeviceTable, random: (into: Uint8Array) => void): void {
  const rules: readonly (readonly [minor: number, rule: ByteRule])[] = [
    [3, nullRule],
    [5, zeroRule],
    [7, fullRule],
    [8, randomRule(random)],
    [9, randomRule(random)],
  ];
  for (const [minor, rule] of rules) {
    devices.register(MEMORY_MAJOR, minor, (_thread, { node }) => new RuleDevice(node, rule));
  }
}
