/** epoll's events and operations. Source: epoll_ctl(2), include/uapi/linux/eventpoll.h. */
import * as poll from '../abi/poll.ts';
import { arrayAt, choice, entry, exit, flagsOf, pointerOf, structAt, u32, u64 } from './show.ts';
import type { StructText } from './show.ts';

const eventNames = {
  EPOLLIN: poll.POLLIN,
  EPOLLPRI: poll.POLLPRI,
  EPOLLOUT: poll.POLLOUT,
  EPOLLRDNORM: poll.POLLRDNORM,
  EPOLLRDBAND: poll.POLLRDBAND,
  EPOLLWRNORM: poll.POLLWRNORM,
  EPOLLWRBAND: poll.POLLWRBAND,
  EPOLLMSG: 0x400,
  EPOLLERR: poll.POLLERR,
  EPOLLHUP: poll.POLLHUP,
  EPOLLRDHUP: poll.POLLRDHUP,
  EPOLLEXCLUSIVE: poll.EPOLLEXCLUSIVE,
  EPOLLWAKEUP: poll.EPOLLWAKEUP,
  EPOLLONESHOT: poll.EPOLLONESHOT,
  EPOLLET: poll.EPOLLET,
};

const { events, data, size } = poll.epollEventLayout;
const eventText: StructText = (view) =>
  `{events=${flagsOf(u32(view, events), eventNames)}, data={u32=${u32(view, data)}, u64=${u64(view, data)}}}`;

export const epollOperation = choice(poll.epollOperationNames, 'EPOLL_CTL_???');
/** Taking a descriptor out needs no event. */
export const epollEventIn = entry((call, index) =>
  call.int(1) === poll.EPOLL_CTL_DEL
    ? pointerOf(call.address(index))
    : structAt(call, call.address(index), size, eventText),
);
/** As many as the result says. */
export const epollEventsOut = exit((call, index) =>
  call.failed ? pointerOf(call.address(index)) : arrayAt(call, call.address(index), call.result!, size, eventText),
);
