/** Fields of a package's control file. Source: deb-control(5), deb822(5). */

export interface ControlFile {
  readonly text: string;
  /** Empty when the field is not there. */
  field(name: string): string;
}

export function parseControl(text: string): ControlFile {
  const fields = new Map<string, string>();
  let last = '';
  for (const line of text.split('\n')) {
    const match = /^([!-9;-~]+):[ \t]*(.*)$/.exec(line);
    if (match !== null) {
      last = match[1]!.toLowerCase();
      fields.set(last, match[2]!);
    } else if (/^[ \t]/.test(line)) {
      fields.set(last, `${fields.get(last) ?? ''}\n${line}`);
    }
  }
  return { text: text.trimEnd(), field: (name) => fields.get(name.toLowerCase()) ?? '' };
}
