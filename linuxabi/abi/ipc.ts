/**
 * System V IPC: commands, flags, structures. Source: include/uapi/linux/{ipc,shm,sem,msg}.h,
 * include/uapi/asm-generic/{ipcbuf,shmbuf,sembuf,msgbuf}.h.
 */
export const IPC_PRIVATE = 0;
export const IPC_CREAT = 0o1000;
export const IPC_EXCL = 0o2000;
export const IPC_NOWAIT = 0o4000;

export const IPC_RMID = 0;
export const IPC_SET = 1;
export const IPC_STAT = 2;
export const IPC_INFO = 3;

/** Most ids of one kind. Source: ipc/util.h. */
export const IPCMNI = 32_768;

export const SHM_RDONLY = 0o10000;
export const SHM_RND = 0o20000;
export const SHM_REMAP = 0o40000;
export const SHM_EXEC = 0o100000;
export const SHM_HUGETLB = 0o4000;
export const SHM_NORESERVE = 0o10000;
export const SHM_LOCK = 11;
export const SHM_UNLOCK = 12;
export const SHM_STAT = 13;
export const SHM_INFO = 14;
export const SHM_STAT_ANY = 15;
/** In the mode: removed once nobody is attached; locked. */
export const SHM_DEST = 0o1000;
export const SHM_LOCKED = 0o2000;
export const SHMMIN = 1;

export const SEM_UNDO = 0x1000;
export const GETPID = 11;
export const GETVAL = 12;
export const GETALL = 13;
export const GETNCNT = 14;
export const GETZCNT = 15;
export const SETVAL = 16;
export const SETALL = 17;
export const SEM_STAT = 18;
export const SEM_INFO = 19;
export const SEM_STAT_ANY = 20;
export const SEMVMX = 32_767;
export const SEMAEM = SEMVMX;
export const SEMMNU = 1_024_000_000;
export const SEMUSZ = 20;

export const MSG_NOERROR = 0o10000;
export const MSG_EXCEPT = 0o20000;
export const MSG_COPY = 0o40000;
export const MSG_STAT = 11;
export const MSG_INFO = 12;
export const MSG_STAT_ANY = 13;
export const MSGSSZ = 16;
export const MSGSEG = 0xffff;

export const ipcFlagNames = { IPC_CREAT, IPC_EXCL, IPC_NOWAIT } as const;
export const shmFlagNames = { SHM_RDONLY, SHM_RND, SHM_REMAP, SHM_EXEC } as const;
export const msgFlagNames = { IPC_NOWAIT, MSG_NOERROR, MSG_EXCEPT, MSG_COPY } as const;
export const shmCommandNames = {
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  IPC_INFO,
  SHM_LOCK,
  SHM_UNLOCK,
  SHM_STAT,
  SHM_INFO,
  SHM_STAT_ANY,
} as const;
export const semCommandNames = {
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  IPC_INFO,
  GETPID,
  GETVAL,
  GETALL,
  GETNCNT,
  GETZCNT,
  SETVAL,
  SETALL,
  SEM_STAT,
  SEM_INFO,
  SEM_STAT_ANY,
} as const;
export const msgCommandNames = {
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  IPC_INFO,
  MSG_STAT,
  MSG_INFO,
  MSG_STAT_ANY,
} as const;

/** struct ipc64_perm, the first member of each of the others. */
export const ipcPermLayout = { key: 0, uid: 4, gid: 8, cuid: 12, cgid: 16, mode: 20, seq: 24, size: 48 } as const;
export const shmidLayout = {
  shm_segsz: 48,
  shm_atime: 56,
  shm_dtime: 64,
  shm_ctime: 72,
  shm_cpid: 80,
  shm_lpid: 84,
  shm_nattch: 88,
  size: 112,
} as const;
export const shminfoLayout = { shmmax: 0, shmmin: 8, shmmni: 16, shmseg: 24, shmall: 32, size: 72 } as const;
export const shmInfoLayout = {
  used_ids: 0,
  shm_tot: 8,
  shm_rss: 16,
  shm_swp: 24,
  swap_attempts: 32,
  swap_successes: 40,
  size: 48,
} as const;
export const semidLayout = { sem_otime: 48, sem_ctime: 64, sem_nsems: 80, size: 104 } as const;
export const sembufLayout = { sem_num: 0, sem_op: 2, sem_flg: 4, size: 6 } as const;
/** Ten ints: semmap semmni semmns semmnu semmsl semopm semume semusz semvmx semaem. */
export const seminfoLayout = { size: 40 } as const;
export const msqidLayout = {
  msg_stime: 48,
  msg_rtime: 56,
  msg_ctime: 64,
  msg_cbytes: 72,
  msg_qnum: 80,
  msg_qbytes: 88,
  msg_lspid: 96,
  msg_lrpid: 100,
  size: 120,
} as const;
/** Seven ints (msgpool msgmap msgmax msgmnb msgmni msgssz msgtql) and the short msgseg. */
export const msginfoLayout = { msgseg: 28, size: 32 } as const;
