import { expect, it } from 'vitest';
import { compareLines } from './compare.ts';
import { expectedOn, formatExpectation, parseExpectation } from './expectation.ts';

const RECORDED = `# Linux 6.18 x86_64, root
# status 3
mseal: length 0 = 0
? before 6.10: mseal: length 0 = ENOSYS
getpid: twice = 1
? or: getpid: twice = 2
`;

it('an expectation is read as it is written', () => {
  const parsed = parseExpectation(RECORDED);
  expect(parsed).toMatchObject({ kernel: [6, 18], user: 'root', status: 3 });
  expect(formatExpectation(parsed)).toBe(RECORDED);
  expect(() => parseExpectation('# status 0\n')).toThrow('an expectation starts with');
});

it('older and differently configured kernels may answer otherwise', () => {
  const parsed = parseExpectation(RECORDED);
  expect(expectedOn(parsed, [6, 8], ['mseal: length 0 = ENOSYS', 'getpid: twice = 2'])).toEqual([
    'mseal: length 0 = ENOSYS',
    'getpid: twice = 2',
  ]);
  expect(expectedOn(parsed, [6, 10], ['mseal: length 0 = ENOSYS', 'getpid: twice = 3'])).toEqual([
    'mseal: length 0 = 0',
    'getpid: twice = 1',
  ]);
});

it('lines are told apart by the question they answer', () => {
  const expected = ['getpid: a = 1', 'kill: nobody = ESRCH', 'x y', 'waitpid: z = 5', 'futex: q = 0'];
  const actual = ['getpid: a = 1', 'kill: nobody = ENOSYS', 'x z', 'waitpid: z = 6', 'futex: q = 0', 'more'];
  const verdicts = compareLines('program', expected, actual).map(({ subject, verdict }) => [subject, verdict]);
  expect(verdicts).toEqual([
    ['getpid', 'same'],
    ['kill', 'not implemented'],
    ['(program)', 'differs'],
    ['wait4', 'differs'],
    ['(program)', 'differs'],
    ['futex', 'same'],
    ['(program)', 'differs'],
  ]);
});
