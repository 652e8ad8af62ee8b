import { expect, it } from 'vitest';
import { Terminal } from './terminal.ts';
import type { TerminalDevice } from './terminal.ts';

/** Takes as many bytes as it has room for. */
class NarrowDevice implements TerminalDevice {
  room = 0;
  seen = '';

  write(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, this.room);
    this.room -= taken.length;
    this.seen += Buffer.from(taken).toString('latin1');
    return taken.length;
  }

  inputRoom(): void {}
  discardOutput(): void {}
}

it('counts what waits for a full device, a character sent before the rest too', () => {
  const terminal = new Terminal(
    '/dev/test',
    { major: 4, minor: 64 },
    { signalGroup: () => {}, signalProcess: () => {} },
  );
  const device = new NarrowDevice();
  terminal.attach(device);
  terminal.write(Buffer.from('text'));
  expect(terminal.pendingOutput).toBe(4);
  terminal.sendAtOnce(0x13);
  expect(terminal.pendingOutput).toBe(5);
  device.room = 100;
  terminal.deviceReady();
  expect([device.seen, terminal.pendingOutput]).toEqual(['\x13text', 0]);
});
