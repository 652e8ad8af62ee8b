/** A line of k42's own for whoever started it: standard output belongs to the guest. */
export function note(text: string): void {
  process.stderr.write(`k42: ${text}\n`);
}
