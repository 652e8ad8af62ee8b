/** Numbers and times as people read them. */

export function kib(value: number | undefined): string {
  if (value === undefined) return '';
  if (value < 1024) return `${value} K`;
  const mib = value / 1024;
  return mib < 1024 ? `${mib.toFixed(mib < 10 ? 1 : 0)} M` : `${(mib / 1024).toFixed(1)} G`;
}

export function percent(value: number): string {
  return value < 0.05 ? '0' : value.toFixed(1);
}

/** A length of time in the unit that leaves few digits. */
export function duration(ns: number): string {
  if (ns < 1000) return `${Math.round(ns)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(ns < 1e4 ? 1 : 0)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(ns < 1e7 ? 1 : 0)} ms`;
  return `${(ns / 1e9).toFixed(ns < 1e10 ? 2 : 0)} s`;
}

/** How long a machine has been up. */
export function upTime(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

export function address(value: number): string {
  return value.toString(16).padStart(8, '0');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
