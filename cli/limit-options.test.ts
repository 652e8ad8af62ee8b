import { describe, expect, it } from 'vitest';
import { RLIMIT_CORE, RLIMIT_NOFILE } from '../linuxabi/abi/resource.ts';
import { limitRules, limitsOf, type LimitRequest } from './limit-options.ts';
import { parseOptions, UsageError } from './options.ts';

const parse = (...words: string[]): LimitRequest => limitsOf(parseOptions(limitRules, words));

describe('limits on the command line', () => {
  it('are none when nothing is said', () => {
    expect(parse()).toEqual({ bounds: {}, limits: undefined, storage: {}, wallTime: undefined });
  });

  it.each([
    ['512m', 512 * 2 ** 20],
    ['1.5g', 1.5 * 2 ** 30],
    ['16384kb', 16 * 2 ** 20],
    ['8388608', 8 * 2 ** 20],
  ])('-m %s', (text, memoryBytes) => {
    expect(parse('-m', text).bounds).toEqual({ memoryBytes });
  });

  it('bound tasks, files, processor, storage and time', () => {
    const words = [
      '--pids-limit',
      '9',
      '--files-limit=8',
      '--cpus',
      '.5',
      '--storage-opt',
      'size=1g',
      '--timeout',
      '2m',
    ];
    expect(parse(...words, '--storage-opt', 'inodes=7')).toMatchObject({
      bounds: { tasks: 9, openFiles: 8, processors: 0.5 },
      storage: { limitBytes: 2 ** 30, limitNodes: 7 },
      wallTime: { timeNs: 120e9, graceNs: 10e9 },
    });
    expect(parse('--pids-limit=-1').bounds.tasks).toBe(Infinity);
  });

  it('are those of each process with --ulimit', () => {
    const { limits } = parse('--ulimit', 'nofile=10:20', '--ulimit', 'core=-1');
    expect(limits?.get(RLIMIT_NOFILE)).toEqual({ soft: 10, hard: 20 });
    expect(limits?.get(RLIMIT_CORE)).toEqual({ soft: Infinity, hard: Infinity });
  });

  it.each([
    [['-m', 'much'], '--memory much: expected a size as 512m or 2g'],
    [['-m', '1m'], '--memory 1m: a machine needs at least 6m'],
    [['--cpus', '0'], '--cpus 0: expected a number from 0.01 on, as 0.5'],
    [['--pids-limit', '0'], '--pids-limit 0: expected a whole number from 1 on'],
    [['--timeout', 'soon'], '--timeout soon: expected a time as 10s, 2.5m or 1h'],
    [['--stop-timeout', '1'], '--stop-timeout is for --timeout'],
    [['--storage-opt', 'x=1'], '--storage-opt x=1: expected size=SIZE or inodes=N'],
    [['--ulimit', 'nofile=3:2'], '--ulimit nofile=3:2: the soft limit is above the hard one'],
  ])('%j is refused', (words, message) => {
    expect(() => parse(...words)).toThrow(new UsageError(message));
  });
});
