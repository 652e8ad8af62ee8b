/** Calls on sockets. */
import * as s from '../show.ts';
import type { Show } from '../show.ts';
import { rows } from '../signature.ts';
import type { Signatures } from '../signature.ts';
import * as t from '../structs.ts';
import {
  addressIn,
  addressOut,
  lengthBeforeAndAfter,
  messageIn,
  messageOut,
  messageFlags,
  optionLevel,
  optionName,
  optionValue,
  socketDomain,
  socketProtocol,
  socketType,
  acceptFlags,
} from '../sockets.ts';

const shutdownNames = { SHUT_RD: 0, SHUT_WR: 1, SHUT_RDWR: 2 };
const received: Show = s.output;

export const socketSignatures: Signatures = {
  socket: rows(socketDomain, socketType, socketProtocol),
  socketpair: rows(socketDomain, socketType, socketProtocol, t.intsOut(2)),
  bind: rows(s.dec, addressIn(2), s.dec),
  connect: rows(s.dec, addressIn(2), s.dec),
  listen: rows(s.dec, s.dec),
  accept: rows(s.dec, addressOut(2), lengthBeforeAndAfter),
  accept4: rows(s.dec, addressOut(2), lengthBeforeAndAfter, acceptFlags),
  getsockname: rows(s.dec, addressOut(2), lengthBeforeAndAfter),
  getpeername: rows(s.dec, addressOut(2), lengthBeforeAndAfter),
  sendto: rows(s.dec, s.input, s.size, messageFlags, addressIn(5), s.dec),
  recvfrom: rows(s.dec, received, s.size, messageFlags, addressOut(5), lengthBeforeAndAfter),
  sendmsg: rows(s.dec, messageIn, messageFlags),
  recvmsg: rows(s.dec, messageOut, messageFlags),
  shutdown: rows(s.dec, s.choice(shutdownNames, 'SHUT_???')),
  setsockopt: rows(s.dec, optionLevel, optionName, optionValue.in, s.dec),
  getsockopt: rows(s.dec, optionLevel, optionName, optionValue.out, lengthBeforeAndAfter),
};
