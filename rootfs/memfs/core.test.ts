import { Volume } from 'memfs';
import { expect, it } from 'vitest';
import { Superblock } from './core.ts';

it('is the core of memfs itself: a memfs Volume shows what is made through it', () => {
  const superblock = new Superblock();
  const volume = new Volume(superblock);
  expect(new Volume()._core).toBeInstanceOf(Superblock);
  const file = superblock.createNode(0o100644);
  file.setString('from below');
  superblock.root.createChild('made', file);
  expect(volume.readFileSync('/made', 'utf8')).toBe('from below');
});
