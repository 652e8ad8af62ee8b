/** Hears how far long work is, `done` of `total` in whatever unit; the last call has done = total. */
export type Progress = (what: string, done: number, total: number) => void;

export const noProgress: Progress = () => undefined;
