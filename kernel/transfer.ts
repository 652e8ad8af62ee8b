/**
 * How one implementation hands its data to another. Each names the formats it can write (best first) and read; the
 * swap takes the old object's first one that the new object reads. A format's name stands for one shape of data, agreed
 * on by those who name it.
 */
export interface Transferable {
  readonly exportFormats: readonly string[];
  readonly importFormats: readonly string[];
  /** The state as data; the object is not called again unless the transfer fails. */
  exportState(format: string): unknown;
  /** Takes over what another object exported. May throw: then the old object stays. */
  importState(format: string, state: unknown): void;
}

/** The best format common to both. */
export function commonFormat(from: Transferable, to: Transferable): string | undefined {
  return from.exportFormats.find((format) => to.importFormats.includes(format));
}

export function isTransferable(object: object): object is Transferable {
  const has = (name: string): boolean => typeof (object as Record<string, unknown>)[name] === 'function';
  return has('exportState') && has('importState') && 'exportFormats' in object && 'importFormats' in object;
}
