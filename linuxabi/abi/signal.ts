/**
 * Signal numbers, siginfo codes, sigaction flags and the structures of a signal frame on x86-64.
 * Source: arch/x86/include/uapi/asm/signal.h, include/uapi/asm-generic/siginfo.h, arch/x86/include/uapi/asm/sigcontext.h.
 */
export const SIGHUP = 1;
export const SIGINT = 2;
export const SIGQUIT = 3;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGUSR1 = 10;
export const SIGSEGV = 11;
export const SIGUSR2 = 12;
export const SIGPIPE = 13;
export const SIGALRM = 14;
export const SIGTERM = 15;
export const SIGSTKFLT = 16;
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGSTOP = 19;
export const SIGTSTP = 20;
export const SIGTTIN = 21;
export const SIGTTOU = 22;
export const SIGURG = 23;
export const SIGXCPU = 24;
export const SIGXFSZ = 25;
export const SIGVTALRM = 26;
export const SIGPROF = 27;
export const SIGWINCH = 28;
export const SIGIO = 29;
export const SIGPWR = 30;
export const SIGSYS = 31;
/** First of the real-time signals, as the kernel counts them. */
export const SIGRTMIN = 32;
export const _NSIG = 64;

export const signalNames = {
  SIGHUP,
  SIGINT,
  SIGQUIT,
  SIGILL,
  SIGTRAP,
  SIGABRT,
  SIGBUS,
  SIGFPE,
  SIGKILL,
  SIGUSR1,
  SIGSEGV,
  SIGUSR2,
  SIGPIPE,
  SIGALRM,
  SIGTERM,
  SIGSTKFLT,
  SIGCHLD,
  SIGCONT,
  SIGSTOP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGXCPU,
  SIGXFSZ,
  SIGVTALRM,
  SIGPROF,
  SIGWINCH,
  SIGIO,
  SIGPWR,
  SIGSYS,
} as const;

/** Name of a signal as strace prints it: SIGINT, SIGRTMIN, SIGRT_1, … */
export function signalName(signal: number): string {
  for (const [name, number] of Object.entries(signalNames)) if (number === signal) return name;
  if (signal === SIGRTMIN) return 'SIGRTMIN';
  if (signal > SIGRTMIN && signal <= _NSIG) return `SIGRT_${signal - SIGRTMIN}`;
  return String(signal);
}

export const SIG_DFL = 0;
export const SIG_IGN = 1;

export const SIG_BLOCK = 0;
export const SIG_UNBLOCK = 1;
export const SIG_SETMASK = 2;
export const sigprocmaskNames = { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK } as const;

export const SA_NOCLDSTOP = 0x1;
export const SA_NOCLDWAIT = 0x2;
export const SA_SIGINFO = 0x4;
export const SA_UNSUPPORTED = 0x400;
export const SA_EXPOSE_TAGBITS = 0x800;
export const SA_RESTORER = 0x04000000;
export const SA_ONSTACK = 0x08000000;
export const SA_RESTART = 0x10000000;
export const SA_NODEFER = 0x40000000;
export const SA_RESETHAND = 0x80000000;

export const SS_ONSTACK = 1;
export const SS_DISABLE = 2;
export const SS_AUTODISARM = 0x80000000;
export const MINSIGSTKSZ = 2048;

/** si_code: who sent the signal. */
export const SI_USER = 0;
export const SI_KERNEL = 0x80;
export const SI_QUEUE = -1;
export const SI_TIMER = -2;
export const SI_MESGQ = -3;

export const SIGEV_SIGNAL = 0;
export const SIGEV_NONE = 1;
export const SIGEV_THREAD = 2;
export const SIGEV_THREAD_ID = 4;
/** Source: include/uapi/asm-generic/siginfo.h. */
export const sigevent = {
  sigev_value: 0,
  sigev_signo: 8,
  sigev_notify: 12,
  sigev_notify_thread_id: 16,
  size: 64,
} as const;
export const SI_TKILL = -6;
/** si_code of a signal that tells of a descriptor. */
export const POLL_IN = 1;
export const POLL_OUT = 2;
export const POLL_MSG = 3;

export const ILL_ILLOPN = 2;
export const FPE_INTDIV = 1;
export const FPE_INTOVF = 2;
export const FPE_FLTDIV = 3;
export const FPE_FLTOVF = 4;
export const FPE_FLTUND = 5;
export const FPE_FLTRES = 6;
export const FPE_FLTINV = 7;
export const SEGV_MAPERR = 1;
export const SEGV_ACCERR = 2;
export const BUS_ADRALN = 1;
export const BUS_ADRERR = 2;
export const TRAP_BRKPT = 1;
export const TRAP_TRACE = 2;
export const TRAP_HWBKPT = 4;
export const CLD_EXITED = 1;
export const CLD_KILLED = 2;
export const CLD_DUMPED = 3;
export const CLD_TRAPPED = 4;
export const CLD_STOPPED = 5;
export const CLD_CONTINUED = 6;

/** sizeof(siginfo_t) */
export const SIGINFO_SIZE = 128;
/** Offsets in siginfo_t on 64-bit. */
export const siginfo_t = {
  si_signo: 0,
  si_errno: 4,
  si_code: 8,
  si_pid: 16,
  si_uid: 20,
  si_status: 24,
  si_utime: 32,
  si_stime: 40,
  /** Of a queued signal; a timer's too. */
  si_value: 24,
  si_timerid: 16,
  si_overrun: 20,
  si_addr: 16,
  si_band: 16,
  si_fd: 24,
  si_call_addr: 16,
  si_syscall: 24,
  si_arch: 28,
} as const;

/** struct sigaction as the syscall takes it (struct kernel_sigaction). */
export const kernel_sigaction = { sa_handler: 0, sa_flags: 8, sa_restorer: 16, sa_mask: 24, size: 32 } as const;
/** stack_t */
export const stack_t = { ss_sp: 0, ss_flags: 8, ss_size: 16, size: 24 } as const;

/** struct ucontext: uc_mcontext is the sigcontext below. */
export const ucontext = { uc_flags: 0, uc_link: 8, uc_stack: 16, uc_mcontext: 40, uc_sigmask: 296, size: 304 } as const;
/** struct sigcontext_64, offsets from uc_mcontext. */
export const sigcontext = {
  r8: 0,
  r9: 8,
  r10: 16,
  r11: 24,
  r12: 32,
  r13: 40,
  r14: 48,
  r15: 56,
  rdi: 64,
  rsi: 72,
  rbp: 80,
  rbx: 88,
  rdx: 96,
  rax: 104,
  rcx: 112,
  rsp: 120,
  rip: 128,
  eflags: 136,
  cs: 144,
  gs: 146,
  fs: 148,
  ss: 150,
  err: 152,
  trapno: 160,
  oldmask: 168,
  cr2: 176,
  fpstate: 184,
} as const;
/** uc_flags: the image of extended state is one of XSAVE; the frame carries ss; strict ss restoring. */
export const UC_FP_XSTATE = 1;
export const UC_SIGCONTEXT_SS = 2;
export const UC_STRICT_RESTORE_SS = 4;

/** struct rt_sigframe: return address, ucontext, siginfo. Source: arch/x86/include/asm/sigframe.h. */
export const rt_sigframe = { pretcode: 0, uc: 8, info: 8 + 304, size: 8 + 304 + 128 } as const;
/** struct _fpstate_64 (FXSAVE image). */
export const FPSTATE_SIZE = 512;
/** struct _fpx_sw_bytes at the end of the FXSAVE image. Source: arch/x86/include/uapi/asm/sigcontext.h. */
export const fpx_sw_bytes = { magic1: 464, extended_size: 468, xfeatures: 472, xstate_size: 480 } as const;
export const FP_XSTATE_MAGIC1 = 0x4650_5853;
/** Right behind the XSAVE image. */
export const FP_XSTATE_MAGIC2 = 0x4650_5845;
export const FP_XSTATE_MAGIC2_SIZE = 4;
/** Selectors of 64-bit user code and data. */
export const USER_CS = 0x33;
export const USER_DS = 0x2b;

/** Source: signalfd(2). */
export const signalfd_siginfo = {
  ssi_signo: 0,
  ssi_errno: 4,
  ssi_code: 8,
  ssi_pid: 12,
  ssi_uid: 16,
  ssi_tid: 24,
  ssi_overrun: 32,
  ssi_status: 40,
  ssi_int: 44,
  ssi_ptr: 48,
  ssi_utime: 56,
  ssi_stime: 64,
  ssi_addr: 72,
  size: 128,
} as const;
