/** The protocols of netlink that the kernel answers. */
import { NETLINK_ROUTE } from '../../abi/netlink.ts';
import { NETLINK_SOCK_DIAG } from '../../abi/sock-diag.ts';

export const NETLINK_PROTOCOLS: readonly number[] = [NETLINK_ROUTE, NETLINK_SOCK_DIAG];
