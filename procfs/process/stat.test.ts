import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { statFields } from './stat.ts';

/** proc_pid_stat(5), in order. */
const NAMES =
  'pid comm state ppid pgrp session tty_nr tpgid flags minflt cminflt majflt cmajflt utime stime cutime cstime priority nice ' +
  'num_threads itrealvalue starttime vsize rss rsslim startcode endcode startstack kstkesp kstkeip signal blocked sigignore ' +
  'sigcatch wchan nswap cnswap exit_signal processor rt_priority policy delayacct_blkio_ticks guest_time cguest_time start_data ' +
  'end_data start_brk arg_start arg_end env_start env_end exit_code';

describe('the fields of /proc/PID/stat', () => {
  it('are 52, in the order of the manual', () => {
    expect(statFields.map(([name]) => name)).toEqual(NAMES.split(' '));
    expect(statFields).toHaveLength(52);
  });

  it.skipIf(process.platform !== 'linux')('are as many as the host has', () => {
    const line = readFileSync('/proc/self/stat', 'latin1');
    const afterName = line
      .slice(line.lastIndexOf(')') + 2)
      .trim()
      .split(' ');
    expect(statFields).toHaveLength(afterName.length + 2);
  });
});
