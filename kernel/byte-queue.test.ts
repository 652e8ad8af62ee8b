import { expect, it } from 'vitest';
import { ByteQueue } from './byte-queue.ts';

it('gives back what it was given, in order, whatever the sizes', () => {
  const queue = new ByteQueue();
  const given: number[] = [];
  const taken: number[] = [];
  for (let round = 0; round < 200; round++) {
    const chunk = Uint8Array.from({ length: (round * 7) % 13 }, (_, i) => (round + i) & 0xff);
    given.push(...chunk);
    queue.push(chunk);
    const into = new Uint8Array((round * 5) % 11);
    taken.push(...into.subarray(0, queue.take(into)));
    expect(queue.length).toBe(given.length - taken.length);
  }
  const rest = new Uint8Array(queue.length);
  queue.take(rest);
  expect([...taken, ...rest]).toEqual(given);
  queue.push(Uint8Array.of(1));
  queue.clear();
  expect(queue.take(rest)).toBe(0);
});
