import { expect, it } from 'vitest';
import { CpuMeter } from './cpu-meter.ts';
import { Usage } from './usage.ts';

function metered(): { usage: Usage; meter: CpuMeter } {
  const usage = new Usage();
  return { usage, meter: new CpuMeter(usage) };
}

it('gives all time without a trap to the user, and the rest by pace', () => {
  const { usage, meter } = metered();
  meter.start(0);
  meter.charge(100);
  expect([usage.userNs, usage.systemNs]).toEqual([0, 100]);
  meter.ran(50_000);
  meter.charge(100_100); // 2 ns an instruction
  expect([usage.userNs, usage.systemNs]).toEqual([100_000, 100]);
  meter.ran(1000);
  meter.trapped();
  meter.charge(105_100);
  expect([usage.userNs, usage.systemNs]).toEqual([102_000, 3100]);
});

it('never gives more than has passed', () => {
  const { usage, meter } = metered();
  meter.start(0);
  meter.ran(1_000_000);
  meter.charge(500);
  expect([usage.userNs, usage.systemNs]).toEqual([500, 0]);
});

it('charges nothing while the thread does not run', () => {
  const { usage, meter } = metered();
  meter.charge(1000);
  meter.start(2000);
  meter.stop(2500);
  meter.charge(9000);
  expect(usage.cpuNs).toBe(500);
});

it('asks for the clock after enough instructions or traps', () => {
  const { meter } = metered();
  meter.start(0);
  meter.charge(1);
  meter.ran(19_999);
  expect(meter.isDue).toBe(false);
  meter.ran(1);
  expect(meter.isDue).toBe(true);
  meter.charge(2);
  for (let i = 0; i < 10; i++) meter.trapped();
  expect(meter.isDue).toBe(true);
});
