/** Source: include/uapi/asm-generic/poll.h, include/uapi/linux/eventpoll.h, eventfd.h, timerfd.h. */
export const POLLIN = 0x1;
export const POLLPRI = 0x2;
export const POLLOUT = 0x4;
export const POLLERR = 0x8;
export const POLLHUP = 0x10;
export const POLLNVAL = 0x20;
export const POLLRDNORM = 0x40;
export const POLLRDBAND = 0x80;
export const POLLWRNORM = 0x100;
export const POLLWRBAND = 0x200;
export const POLLMSG = 0x400;
export const POLLRDHUP = 0x2000;

/** Offsets of struct pollfd. */
export const pollfdLayout = { fd: 0, events: 4, revents: 6, size: 8 } as const;

export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const epollOperationNames = { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } as const;
export const EPOLLEXCLUSIVE = 1 << 28;
export const EPOLLWAKEUP = 1 << 29;
export const EPOLLONESHOT = 1 << 30;
export const EPOLLET = 1 << 31;

/** Offsets of struct epoll_event: packed on x86-64. */
export const epollEventLayout = { events: 0, data: 4, size: 12 } as const;

export const EFD_SEMAPHORE = 1;
export const EFD_NONBLOCK = 0o4000;
export const EFD_CLOEXEC = 0o2000000;
export const FD_SETSIZE = 1024;
export const TFD_TIMER_ABSTIME = 1;
/** _IOW('T', 0, __u64): so many expirations to be read. Source: include/uapi/linux/timerfd.h. */
export const TFD_IOC_SET_TICKS = 0x40085400;
