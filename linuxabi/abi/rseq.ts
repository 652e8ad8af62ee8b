/** Restartable sequences. Source: include/uapi/linux/rseq.h. */
export const RSEQ_FLAG_UNREGISTER = 1;
export const RSEQ_CPU_ID_UNINITIALIZED = 0xffffffff;
/** struct rseq, as far as its first version goes. */
export const rseq = { cpu_id_start: 0, cpu_id: 4, rseq_cs: 8, flags: 16, node_id: 20, mm_cid: 24, size: 32 } as const;
/** struct rseq_cs: a critical section. */
export const rseq_cs = {
  version: 0,
  flags: 4,
  start_ip: 8,
  post_commit_offset: 16,
  abort_ip: 24,
  size: 32,
} as const;
/** Bytes of the signature right before the abort handler. */
export const RSEQ_SIGNATURE_BYTES = 4;
