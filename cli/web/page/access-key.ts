/** The key that drives the machine: it comes once behind the `#` of the address, and is kept for this address only (../access.ts says why). */
const NAME = 'k42-key';

export function accessKey(): string {
  const given = /^#key=([\w-]+)$/.exec(location.hash)?.[1];
  if (given !== undefined) {
    localStorage.setItem(NAME, given);
    history.replaceState(null, '', location.pathname);
  }
  return given ?? localStorage.getItem(NAME) ?? '';
}
