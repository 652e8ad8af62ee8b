/**
 * Epolls that watch epolls: how deep and how wide that may go, so that neither a question nor a wake runs through the graph for ever.
 * Source: fs/eventpoll.c, ep_loop_check, reverse_path_check.
 */

/** An epoll, as the graph sees it. */
export interface EpollNode {
  /** Epolls it watches. */
  watched(): Iterable<EpollNode>;
  /** Epolls that watch it, each with by how many descriptors. */
  readonly watchers: ReadonlyMap<EpollNode, number>;
}

/** Source: EP_MAX_NESTS. */
const MAX_NESTS = 4;
/** Ways from a file to epolls that nobody watches, by how many epolls lie between. Source: path_limits. */
const PATH_LIMITS = [Infinity, 500, 100, 50, 10];

/** Whether `outer` may watch `inner`: no circle, and not too many epolls above one another. */
export function mayNest(outer: EpollNode, inner: EpollNode): boolean {
  const below = longestWay(inner, (epoll) => epoll.watched(), outer);
  if (below === undefined) return false;
  const above = longestWay(outer, (epoll) => epoll.watchers.keys(), undefined);
  return above !== undefined && above + 1 + below <= MAX_NESTS;
}

/** Whether wakes of a file that these epolls watch stay within bounds. */
export function areWaysFew(watchers: Iterable<readonly [EpollNode, number]>): boolean {
  const known = new Map<EpollNode, readonly number[]>();
  const waysFrom = (epoll: EpollNode): readonly number[] => {
    let ways = known.get(epoll);
    if (ways !== undefined) return ways;
    ways = epoll.watchers.size === 0 ? [1] : [0, ...sumOfWays(epoll.watchers, waysFrom)];
    known.set(epoll, ways);
    return ways;
  };
  return sumOfWays(watchers, waysFrom).every((count, between) => count <= (PATH_LIMITS[between] ?? 0));
}

function sumOfWays(
  watchers: Iterable<readonly [EpollNode, number]>,
  waysFrom: (epoll: EpollNode) => readonly number[],
): number[] {
  const sum: number[] = [];
  for (const [epoll, descriptors] of watchers) {
    waysFrom(epoll).forEach((count, between) => (sum[between] = (sum[between] ?? 0) + count * descriptors));
  }
  return sum;
}

/** How many steps lead away from an epoll; undefined when one leads to `forbidden`, or they are more than could be allowed. */
function longestWay(
  from: EpollNode,
  next: (epoll: EpollNode) => Iterable<EpollNode>,
  forbidden: EpollNode | undefined,
): number | undefined {
  let reached = new Set([from]);
  for (let steps = 0; steps <= MAX_NESTS; steps++) {
    if (forbidden !== undefined && reached.has(forbidden)) return undefined;
    const further = new Set<EpollNode>();
    for (const epoll of reached) for (const other of next(epoll)) further.add(other);
    if (further.size === 0) return steps;
    reached = further;
  }
  return undefined;
}
