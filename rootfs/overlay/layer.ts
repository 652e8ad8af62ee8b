/**
 * How layers say that something below them is hidden: a whiteout is a character device 0:0 under the name, an opaque directory has an
 * extended attribute. Source: Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories".
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type { FileNode, NewNode } from '../../kernel/file-server.ts';

const OPAQUE = 'trusted.overlay.opaque';
const YES = Uint8Array.of(0x79);
const BATCH = 1024;

export const WHITEOUT: NewNode = {
  kind: NodeKind.CharacterDevice,
  permissions: 0,
  owner: 0,
  group: 0,
  device: { major: 0, minor: 0 },
};

export function isWhiteout(node: FileNode): boolean {
  if (node.kind !== NodeKind.CharacterDevice) return false;
  const { major, minor } = node.attributes().device;
  return major === 0 && minor === 0;
}

export function isOpaque(directory: FileNode): boolean {
  return directory.attachments?.get(OPAQUE)?.[0] === YES[0];
}

export function makeOpaque(directory: FileNode): void {
  directory.attachments?.set(OPAQUE, YES);
}

/** All names of a directory, whiteouts included. */
export function* namesIn(directory: FileNode): Generator<ByteString> {
  for (let cookie = 0; ;) {
    const entries = directory.list(cookie, BATCH);
    if (typeof entries === 'number' || entries.length === 0) return;
    for (const entry of entries) yield entry.name;
    cookie = entries.at(-1)!.cookie;
  }
}
