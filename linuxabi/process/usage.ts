/** Resources a thread or process used, as getrusage(2), times(2) and the CPU clocks show them. */
const KIB_PER_PAGE = 4;

export class Usage {
  userNs = 0;
  systemNs = 0;
  minorFaults = 0;
  majorFaults = 0;
  syscalls = 0;
  voluntarySwitches = 0;
  involuntarySwitches = 0;
  maxResidentKiB = 0;
  /** Bytes and calls of read, write and their relatives (for /proc/PID/io). */
  readBytes = 0;
  writtenBytes = 0;
  reads = 0;
  writes = 0;

  get cpuNs(): number {
    return this.userNs + this.systemNs;
  }

  noteResidentPages(pages: number): void {
    this.maxResidentKiB = Math.max(this.maxResidentKiB, pages * KIB_PER_PAGE);
  }

  add(other: Usage): void {
    this.userNs += other.userNs;
    this.systemNs += other.systemNs;
    this.minorFaults += other.minorFaults;
    this.majorFaults += other.majorFaults;
    this.syscalls += other.syscalls;
    this.voluntarySwitches += other.voluntarySwitches;
    this.involuntarySwitches += other.involuntarySwitches;
    this.maxResidentKiB = Math.max(this.maxResidentKiB, other.maxResidentKiB);
    this.readBytes += other.readBytes;
    this.writtenBytes += other.writtenBytes;
    this.reads += other.reads;
    this.writes += other.writes;
  }
}
