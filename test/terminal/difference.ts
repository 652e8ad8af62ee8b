/** Where two plays of a scenario part. */
export interface Difference {
  readonly step: number;
  readonly keys: string;
  /** What is compared of the screens. */
  readonly native: string;
  readonly k42: string;
}

/** The lines that differ. */
export function explain({ keys, native, k42 }: Difference): string {
  const lines = [`  after the keys ${JSON.stringify(keys)}`];
  const k42Lines = k42.split('\n');
  for (const [index, line] of native.split('\n').entries()) {
    if (line !== k42Lines[index]) lines.push(`  native ${line}`, `  k42    ${k42Lines[index] ?? ''}`);
  }
  if (native === k42) lines.push('  both show, but not what was waited for:', native);
  return lines.join('\n');
}
