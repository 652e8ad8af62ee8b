/** The table of strace -c: calls, errors and seconds by name, the costliest first. */
interface Row {
  calls: number;
  errors: number;
  seconds: number;
}

export class SyscallSummary {
  readonly #rows = new Map<string, Row>();

  count(name: string, seconds: number, failed: boolean): void {
    const row = this.#rows.get(name) ?? { calls: 0, errors: 0, seconds: 0 };
    row.calls++;
    row.seconds += seconds;
    if (failed) row.errors++;
    this.#rows.set(name, row);
  }

  table(): string {
    const rows = [...this.#rows].toSorted(([, a], [, b]) => b.seconds - a.seconds || b.calls - a.calls);
    const total: Row = { calls: 0, errors: 0, seconds: 0 };
    for (const [, row] of rows) {
      total.calls += row.calls;
      total.errors += row.errors;
      total.seconds += row.seconds;
    }
    const line = '------ ----------- ----------- --------- --------- ----------------';
    return [
      '% time     seconds  usecs/call     calls    errors syscall',
      line,
      ...rows.map(([name, row]) => format(row, name, total.seconds)),
      line,
      format(total, 'total', total.seconds),
      '',
    ].join('\n');
  }
}

function format(row: Row, name: string, totalSeconds: number): string {
  const share = totalSeconds === 0 ? 0 : (100 * row.seconds) / totalSeconds;
  const each = row.calls === 0 ? 0 : Math.floor((row.seconds * 1e6) / row.calls);
  return [
    share.toFixed(2).padStart(6),
    row.seconds.toFixed(6).padStart(11),
    String(each).padStart(11),
    String(row.calls).padStart(9),
    (row.errors === 0 ? '' : String(row.errors)).padStart(9),
    name,
  ].join(' ');
}
