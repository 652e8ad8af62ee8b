import { expect, it } from 'vitest';
import { nearest } from './nearest.ts';

it.each([
  ['rnu', 'run'],
  ['atach', 'attach'],
  ['conform', 'conformance'],
  ['Run', 'run'],
  ['x', undefined],
  ['nope', undefined],
  ['runner', 'run'],
  ['frobnicate', undefined],
])('%s is probably %s', (word, known) => {
  expect(nearest(word, ['shell', 'run', 'attach', 'conformance', 'ps'])).toBe(known);
});
