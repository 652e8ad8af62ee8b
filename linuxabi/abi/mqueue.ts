/** POSIX message queues. Source: include/uapi/linux/mqueue.h, include/linux/ipc_namespace.h. */
export const MQ_PRIO_MAX = 32_768;
/** The most that privileged users may ask for: messages of a queue, bytes of a message. */
export const HARD_MSGMAX = 65_536;
export const HARD_MSGSIZEMAX = 16 * 2 ** 20;

/** struct mq_attr, with four reserved longs at its end. */
export const mqAttrLayout = { mq_flags: 0, mq_maxmsg: 8, mq_msgsize: 16, mq_curmsgs: 24, size: 64 } as const;
