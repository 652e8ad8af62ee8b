/** A machine on Node as its host. */
import type { FileSystem } from '../linuxabi/fs/file-system.ts';
import { defineHostCopies } from '../rootfs/host/host-copy-tree.ts';
import { assembleOnHost, type AssembledMachine, type MachineParts } from './assemble-on-host.ts';
import { NodeHost } from './node-host.ts';

export function assembleMachine(system: FileSystem, parts: MachineParts): AssembledMachine {
  const assembled = assembleOnHost(new NodeHost(), system, parts);
  defineHostCopies(assembled.machine.kernel.factories);
  return assembled;
}
