import { expect, it } from 'vitest';
import { MACHINE_ENDED, statusIn, statusOf } from './session-status.ts';

it('is the status, or 128 and the signal, real-time signals too', () => {
  expect(statusOf({ status: 3, signal: null })).toBe(3);
  expect(statusOf({ status: null, signal: 'SIGKILL' })).toBe(137);
  expect(statusOf({ status: null, signal: 'SIGRTMIN' })).toBe(162);
  expect(statusOf({ status: null, signal: 'SIGRT_3' })).toBe(165);
});

it('is read from a frame', () => {
  expect(statusIn(Buffer.from('{"status":null,"signal":"SIGTERM"}'))).toBe(143);
  expect(statusIn(Buffer.from('nonsense'))).toBe(MACHINE_ENDED);
});
