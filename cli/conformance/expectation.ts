/**
 * What Linux answered, as recorded beside each program:
 *
 *     # Linux 6.18 x86_64, any user
 *     # status 0
 *     mseal: length 0 = 0
 *     ? before 6.10: mseal: length 0 = ENOSYS
 *     ? or: mseal: length 0 = EPERM
 *
 * `root`: the program needs root to answer so. A line that starts with `?` is another right answer for the line above it: of older kernels,
 * or (`or`) of kernels that are configured otherwise. k42 must give the recorded line itself.
 */
export type KernelVersion = readonly [major: number, minor: number];

export interface Alternative {
  /** Right only on kernels before this one; undefined: on any. */
  readonly before: KernelVersion | undefined;
  readonly text: string;
}

export interface ExpectedLine {
  readonly text: string;
  readonly alternatives: readonly Alternative[];
}

export interface Expectation {
  readonly kernel: KernelVersion;
  readonly user: 'any user' | 'root';
  /** Exit status, or 128 + signal. */
  readonly status: number;
  readonly lines: readonly ExpectedLine[];
}

const HEADER = /^# Linux (\d+)\.(\d+) x86_64, (any user|root)\n# status (\d+)\n/;
const ALTERNATIVE = /^\? (?:before (\d+)\.(\d+)|or): (.*)$/;

export function parseExpectation(text: string): Expectation {
  const header = HEADER.exec(text);
  if (header === null) throw new Error('an expectation starts with "# Linux VERSION x86_64, USER" and "# status N"');
  const lines: { text: string; alternatives: Alternative[] }[] = [];
  for (const line of splitLines(text.slice(header[0].length))) {
    const other = ALTERNATIVE.exec(line);
    if (other === null) {
      lines.push({ text: line, alternatives: [] });
      continue;
    }
    const before = other[1] === undefined ? undefined : ([Number(other[1]), Number(other[2])] as const);
    lines.at(-1)?.alternatives.push({ before, text: other[3] ?? '' });
  }
  const user = header[3] === 'root' ? 'root' : 'any user';
  return { kernel: [Number(header[1]), Number(header[2])], user, status: Number(header[4]), lines };
}

export function formatExpectation({ kernel, user, status, lines }: Expectation): string {
  const text = lines.flatMap((line) => [line.text, ...line.alternatives.map(formatAlternative)]);
  return `# Linux ${kernel.join('.')} x86_64, ${user}\n# status ${status}\n${text.map((line) => `${line}\n`).join('')}`;
}

function formatAlternative({ before, text }: Alternative): string {
  return before === undefined ? `? or: ${text}` : `? before ${before.join('.')}: ${text}`;
}

/** Lines without their ends; a last line without one counts as well. */
export function splitLines(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The recorded lines as they must be on this kernel, given what it answered: alternatives that match take their line's place. */
export function expectedOn(expectation: Expectation, kernel: KernelVersion, answer: readonly string[]): string[] {
  const given = new Set(answer);
  return expectation.lines.map(({ text, alternatives }) => {
    if (given.has(text)) return text;
    const fits = ({ before }: Alternative): boolean => before === undefined || isBefore(kernel, before);
    return alternatives.find((other) => fits(other) && given.has(other.text))?.text ?? text;
  });
}

function isBefore(kernel: KernelVersion, other: KernelVersion): boolean {
  return kernel[0] < other[0] || (kernel[0] === other[0] && kernel[1] < other[1]);
}
