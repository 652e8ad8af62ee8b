/** How trees of swappable mounts come to life: of any mount they are of one type. Hosts may add kinds of their own. */
import type { Factory, FactoryRegistry } from '../../kernel/factory.ts';
import { AbortSwap } from '../../kernel/mediator.ts';
import type { SwapProtocol } from '../../kernel/mediator.ts';
import type { Tree } from './tree.ts';
import { emptyMemoryTree, LoggedTree, MemoryTree } from './trees.ts';

const TYPE = 'file-server';

const treeProtocol: SwapProtocol = {
  type: TYPE,
  methods: { takeMoved: AbortSwap, dispose: AbortSwap },
  properties: ['server', 'user'],
  wakeBlocked: (old) => (old as Tree).user?.swapEnded(),
};

type TreeFactory = Factory<Tree, [Tree]>;

/** Of trees in memory, which mounts begin with; the first mount of a kernel to ask defines how trees are made. */
export function memoryTrees(registry: FactoryRegistry): TreeFactory {
  const known = registry.find(TYPE, 'memfs');
  if (known !== undefined) return known as unknown as TreeFactory;
  registry.declareSwappable(treeProtocol);
  const memory = defineTree(registry, 'memfs', (old) => new MemoryTree(emptyMemoryTree(old)));
  defineTree(registry, 'logged-memfs', (old) => new LoggedTree(emptyMemoryTree(old)));
  return memory;
}

/** One more kind that a mount's tree may be swapped for; `successor` makes an empty one to take over. */
export function defineTree(
  registry: FactoryRegistry,
  implementation: string,
  successor: (old: Tree) => Tree,
): TreeFactory {
  return registry.define<Tree, [Tree]>({
    type: TYPE,
    implementation,
    version: 1,
    construct: (tree) => tree,
    destroyed: (tree) => tree.dispose(),
    successor,
  });
}
