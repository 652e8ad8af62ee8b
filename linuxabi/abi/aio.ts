/** Source: include/uapi/linux/aio_abi.h. */
export const IOCB_CMD_PREAD = 0;
export const IOCB_CMD_PWRITE = 1;
export const IOCB_CMD_FSYNC = 2;
export const IOCB_CMD_FDSYNC = 3;
export const IOCB_CMD_POLL = 5;
export const IOCB_CMD_PREADV = 7;
export const IOCB_CMD_PWRITEV = 8;

export const IOCB_FLAG_RESFD = 1;

/** What the kernel writes into `aio_key` of a request it has taken. Source: fs/aio.c. */
export const KIOCB_KEY = 0;

/** Offsets of struct iocb on a little-endian machine. */
export const iocb = {
  aio_data: 0,
  aio_key: 8,
  aio_rw_flags: 12,
  aio_lio_opcode: 16,
  aio_reqprio: 18,
  aio_fildes: 20,
  aio_buf: 24,
  aio_nbytes: 32,
  aio_offset: 40,
  aio_reserved2: 48,
  aio_flags: 56,
  aio_resfd: 60,
  size: 64,
} as const;

/** Offsets of struct io_event. */
export const io_event = { data: 0, obj: 8, res: 16, res2: 24, size: 32 } as const;

/** Offsets of struct __aio_sigset. Source: include/uapi/linux/types.h. */
export const aioSigset = { sigmask: 0, sigsetsize: 8, size: 16 } as const;
