/** What uname(2) and /proc/version say. Programs may rely on the release: the oldest kernel whose behaviour the personality follows. */
export const KERNEL_RELEASE = '6.1.0-k42';
export const KERNEL_VERSION = '#1 SMP PREEMPT_DYNAMIC k42';
