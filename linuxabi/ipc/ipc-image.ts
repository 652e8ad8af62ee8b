/** Structures of System V IPC as bytes. */
import type { Permission, Ownership } from '../../sysv/ids.ts';
import { guestAddress } from '../../cpu/address.ts';
import { ipcPermLayout } from '../abi/ipc.ts';
import { writeBytes } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';

export class Image {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  u16(offset: number, value: number): this {
    this.#view.setUint16(offset, value, true);
    return this;
  }

  u32(offset: number, value: number): this {
    this.#view.setUint32(offset, value, true);
    return this;
  }

  /** Unsigned; what is beyond 2^53 is rounded, beyond 2^64 cut to the highest. */
  u64(offset: number, value: number): this {
    const whole = value >= 2 ** 64 ? 0xffff_ffff_ffff_ffffn : BigInt(value);
    this.#view.setBigUint64(offset, whole, true);
    return this;
  }

  /** All 64 bits of a decimal number. */
  digits(offset: number, value: string): this {
    this.#view.setBigUint64(offset, BigInt(value), true);
    return this;
  }

  permission({ key, uid, gid, creatorUid, creatorGid, mode, sequence }: Permission): this {
    return this.u32(ipcPermLayout.key, key)
      .u32(ipcPermLayout.uid, uid)
      .u32(ipcPermLayout.gid, gid)
      .u32(ipcPermLayout.cuid, creatorUid)
      .u32(ipcPermLayout.cgid, creatorGid)
      .u32(ipcPermLayout.mode, mode)
      .u16(ipcPermLayout.seq, sequence);
  }

  store(thread: LinuxThread, address: number): void {
    writeBytes(thread.memory, guestAddress(address), this.bytes);
  }
}

/** What IPC_SET reads of a struct ipc_perm. */
export function readOwnership({ memory }: LinuxThread, address: number): Ownership {
  return {
    uid: memory.readU32(guestAddress(address + ipcPermLayout.uid)),
    gid: memory.readU32(guestAddress(address + ipcPermLayout.gid)),
    mode: memory.readU32(guestAddress(address + ipcPermLayout.mode)),
  };
}
