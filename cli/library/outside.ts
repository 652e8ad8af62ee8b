/** Code of the library's owner runs outside of the kernel's turns: what it throws, or does to the machine, must not meet one half done. */

/** After the turn of the kernel; its promise settles as the step's. */
export function outside<T>(step: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    process.nextTick(() => new Promise<T>((settle) => settle(step())).then(resolve, reject));
  });
}

/** An error of the owner's code, where the owner hears of it: as an uncaught exception. */
export function rethrowOutside(failure: unknown): void {
  process.nextTick(() => {
    throw failure;
  });
}
