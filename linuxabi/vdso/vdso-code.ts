/**
 * The functions of the vDSO, as data: name and machine code. Each does its system call (see README, Provisional, for the
 * form that reads the clock without one).
 * Source: vdso(7); psABI A.2.1 (the C and the system call registers agree for up to three arguments).
 */
export interface VdsoFunction {
  readonly name: string;
  /** The second, weak name. */
  readonly alias: string;
  readonly code: readonly number[];
}

/** mov $number, %eax; syscall; ret */
function doesCall(number: number): readonly number[] {
  return [0xb8, number & 0xff, (number >> 8) & 0xff, 0, 0, 0x0f, 0x05, 0xc3];
}

export const vdsoFunctions: readonly VdsoFunction[] = [
  { name: '__vdso_clock_gettime', alias: 'clock_gettime', code: doesCall(228) },
  { name: '__vdso_gettimeofday', alias: 'gettimeofday', code: doesCall(96) },
  { name: '__vdso_time', alias: 'time', code: doesCall(201) },
  { name: '__vdso_getcpu', alias: 'getcpu', code: doesCall(309) },
  { name: '__vdso_clock_getres', alias: 'clock_getres', code: doesCall(229) },
];
